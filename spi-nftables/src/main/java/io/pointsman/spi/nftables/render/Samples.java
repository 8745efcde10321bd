package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Rule;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PodDetector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Sample chains and rules that together use every expression of the layout. */
public final class Samples {
    private static final Step LEAVE = new Step.Leave();
    private static final Step RANDOM = new Step.Forward(0, Step.Choice.RANDOM, 2, true);
    private static final Step HASH = new Step.Forward(1, Step.Choice.HASH, 2, false);
    private static final List<OnDemand> CHAINS = List.of(
            new Policy(Policy.Keys.VIP, EnumSet.allOf(Policy.Trait.class), RANDOM, RANDOM, RANDOM),
            new Policy(Policy.Keys.NODE_PORT, EnumSet.noneOf(Policy.Trait.class), HASH, HASH, HASH),
            new Policy(Policy.Keys.NODE_PORT, EnumSet.noneOf(Policy.Trait.class), LEAVE, LEAVE, LEAVE),
            new Refusal(Refusal.Answer.REJECT, Refusal.Answer.REJECT, Refusal.Answer.REJECT),
            new Refusal(Refusal.Answer.PASS, Refusal.Answer.NONE, Refusal.Answer.REJECT),
            new Binding(Duration.ofSeconds(1)));

    /** Options with which a table has every feature, except the flowtable, which has its own trial. */
    public static final TableOptions OPTIONS =
            new TableOptions(new Rewriting(0, 1, 2), 1, Counting.PACKETS, Set.of(), FastPath.OFF);

    private Samples() {}

    /** Names of the sample chains that are not permanent. */
    public static List<String> chains() {
        return CHAINS.stream().map(OnDemand::name).toList();
    }

    public static List<Rule> rules(IpFamily family) {
        final NodeFacts node = NodeFacts.builder("sample")
                .podDetector(new PodDetector.ByCidr(List.of(Cidr.parse("10.0.0.0/9"), Cidr.parse("fd00::/9"))))
                .mode(ModeSemantics.NFTABLES)
                .build();
        final List<Rule> rules = new ArrayList<>(NodeRules.of(family, node, OPTIONS));
        CHAINS.forEach(chain -> rules.addAll(chain.rules(family, node, OPTIONS)));
        return rules;
    }
}

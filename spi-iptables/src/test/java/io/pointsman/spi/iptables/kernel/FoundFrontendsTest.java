package io.pointsman.spi.iptables.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.Action;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.Origin;
import io.pointsman.plan.Rule;
import io.pointsman.spi.iptables.IptablesSettings;
import io.pointsman.spi.iptables.Plans;
import io.pointsman.spi.iptables.RandomPlans;
import io.pointsman.spi.iptables.render.FamilyRules;
import io.pointsman.spi.iptables.render.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FoundFrontendsTest {
    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldReadFromRulesWhatTheyForward(IpFamily family) {
        final RandomPlans services = new RandomPlans(new Random(7));
        final FamilyRules rules = new FamilyRules(
                family, Flavour.NFT, IptablesSettings.DEFAULT.mark(), IptablesSettings.DEFAULT.ours(), true);
        final NodeFacts node = Plans.node("192.168.0.2", "2001:db8::2");
        rules.node(node, List.of(), true);
        final List<Rule> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            all.addAll(services.service(i, family));
        }
        all.forEach(rules::put);
        rules.render();
        rules.table(Table.NAT).changes();
        rules.table(Table.NAT).committed();

        final Set<Frontend> forwarded = all.stream()
                .filter(FoundFrontendsTest::forwards)
                .map(Rule::frontend)
                .collect(Collectors.toSet());
        assertThat(FoundFrontends.in(rules.table(Table.NAT).written(), family)).isEqualTo(forwarded);
    }

    private static boolean forwards(Rule rule) {
        return Arrays.stream(Origin.values()).anyMatch(origin -> rule.action(origin) instanceof Action.Forward);
    }
}

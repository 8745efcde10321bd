package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Expression;
import io.pointsman.linux.nftables.KeyLoad;
import io.pointsman.linux.nftables.Register;
import io.pointsman.linux.nftables.Rule;
import io.pointsman.linux.nftables.Verdict;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.NodeFacts;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Chain that decides about a connection's first packet for all rules of one kind, in the nat chains. */
final class Policy implements OnDemand {
    private final Keys keys;
    private final Set<Trait> traits;
    private final Step pod;
    private final Step node;
    private final Step external;
    /** Name made of all of the above. */
    private final String name;

    private final List<Policy> leadsTo;

    Policy(Keys keys, Set<Trait> traits, Step pod, Step node, Step external) {
        this.keys = keys;
        this.traits = Set.copyOf(traits);
        this.pod = pod;
        this.node = node;
        this.external = external;
        this.name = makeName();
        this.leadsTo = isUniform() ? List.of() : others();
    }

    /** Property that applies to every origin. */
    enum Trait {
        /** Sources must be in {@code allowed}. */
        LIMITED,
        /** Clients keep their endpoints. */
        STICKY
    }

    /** Kind of keys in the maps it uses. */
    enum Keys {
        VIP("vip", Layout.ENDPOINTS, Layout.ALLOWED, Layout.SESSIONS),
        NODE_PORT("node-port", Layout.NODE_ENDPOINTS, Layout.NODE_ALLOWED, Layout.NODE_SESSIONS);

        private final String word;
        final String endpoints;
        final String allowed;
        final String sessions;

        Keys(String word, String endpoints, String allowed, String sessions) {
            this.word = word;
            this.endpoints = endpoints;
            this.allowed = allowed;
            this.sessions = sessions;
        }
    }

    /** Seed of source hashing; fixed, so that a client keeps its endpoint over a restart. */
    private static final int HASH_SEED = 0x706f696e;

    private Policy alone(Step step) {
        return new Policy(keys, isSticky() ? Set.of(Trait.STICKY) : Set.of(), step, step, step);
    }

    private boolean isLimited() {
        return traits.contains(Trait.LIMITED);
    }

    private boolean isSticky() {
        return traits.contains(Trait.STICKY);
    }

    private boolean isUniform() {
        return pod.equals(node) && node.equals(external);
    }

    /** Whether it leaves every packet unchanged. */
    boolean leavesAll() {
        return !isLimited() && isUniform() && external instanceof Step.Leave;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean equals(@Nullable Object object) {
        return object instanceof Policy other && name.equals(other.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }

    private String makeName() {
        final StringBuilder words = new StringBuilder(keys.word);
        if (isLimited()) {
            words.append("-limited");
        }
        if (isSticky()) {
            words.append("-sticky");
        }
        if (isUniform()) {
            return words.append('-').append(external.word()).toString();
        }
        words.append(".pod-").append(pod.word());
        if (!node.equals(external)) {
            words.append(".node-").append(node.word());
        }
        return words.append(".other-").append(external.word()).toString();
    }

    @Override
    public List<Policy> leadsTo() {
        return leadsTo;
    }

    private List<Policy> others() {
        final Set<Step> others = new LinkedHashSet<>();
        others.add(pod);
        if (!node.equals(external)) {
            others.add(node);
        }
        return others.stream().map(this::alone).toList();
    }

    @Override
    public List<Rule> rules(IpFamily family, NodeFacts facts, TableOptions options) {
        final Code code = new Code(family);
        final String chain = name();
        final List<Rule> rules = new ArrayList<>();
        if (isLimited()) {
            final KeyLoad key = frontend(code).sourceAddress(family);
            final Verdict denied = options.counting().countsConnections() ? Verdict.goTo(Layout.DENY) : Verdict.DROP;
            rules.add(Code.rule(chain, Code.lookup(key, keys.allowed, true), Code.decide(denied)));
        }
        if (!isUniform()) {
            for (List<Expression> isPod : code.fromPod(facts)) {
                rules.add(Code.rule(
                        chain, isPod, Code.decide(Verdict.goTo(alone(pod).name()))));
            }
            if (!node.equals(external)) {
                rules.add(Code.rule(
                        chain,
                        Code.fromNode(),
                        Code.decide(Verdict.goTo(alone(node).name()))));
            }
        }
        switch (external) {
            case Step.Drop() -> {
                count(code, chain, Counter.DROPPED, options, rules);
                rules.add(Code.rule(chain, Code.decide(Verdict.DROP)));
            }
            case Step.Leave() -> rules.add(Code.rule(chain, Code.decide(Verdict.ACCEPT)));
            case Step.Forward forward -> forward(code, chain, forward, options, rules);
        }
        return rules;
    }

    private KeyLoad frontend(Code code) {
        return code.frontend(keys == Keys.NODE_PORT);
    }

    private void forward(Code code, String chain, Step.Forward forward, TableOptions options, List<Rule> rules) {
        count(code, chain, Counter.CONNECTIONS, options, rules);
        if (forward.masquerade()) {
            rules.add(Code.rule(chain, Code.mark(options.rewriting().markBit())));
        }
        if (isSticky()) {
            final KeyLoad session = frontend(code).part(4, to -> constant(forward.firstSlot(), to));
            rules.add(Code.rule(
                    chain,
                    session.expressions(),
                    List.of(
                            new Expression.MapLookup(Code.FIRST, keys.sessions, Code.FIRST),
                            new Expression.SetMeta(Expression.MetaKey.PRIORITY, Code.FIRST))));
            rules.add(Code.rule(chain, code.translateBy(Binding.key(code).expressions(), Layout.AFFINITY)));
            if (options.counting().countsConnections()) {
                rules.add(Code.rule(chain, Code.withNumberBits(Sessions.CHOSEN)));
            }
        }
        if (forward.slots() > 1) {
            rules.add(Code.rule(chain, code.translateBy(chosen(code, forward), keys.endpoints)));
        }
        if (forward.slots() > 0) {
            final KeyLoad first = frontend(code).part(4, to -> constant(forward.firstSlot(), to));
            rules.add(Code.rule(chain, code.translateBy(first.expressions(), keys.endpoints)));
        }
        // Without slots, the packet is refused later; otherwise a slot was removed while the packet was in transit.
        rules.add(Code.rule(chain, Code.decide(forward.slots() > 0 ? Verdict.DROP : Verdict.ACCEPT)));
    }

    private void count(Code code, String chain, Counter counter, TableOptions options, List<Rule> rules) {
        if (counter.isIn(options.counting())) {
            rules.add(Code.rule(
                    chain, Code.countBy(frontend(code), keys == Keys.NODE_PORT ? counter.byNodePort : counter.byVip)));
        }
    }

    /** Loads a constant in a form that nft can read back as part of a key. */
    private static Expression constant(int value, Register to) {
        return new Expression.Generate(Expression.Generator.RANDOM, 1, value, to);
    }

    private List<Expression> chosen(Code code, Step.Forward forward) {
        return switch (forward.choice()) {
            case RANDOM ->
                frontend(code)
                        .part(
                                4,
                                to -> new Expression.Generate(
                                        Expression.Generator.RANDOM, forward.slots(), forward.firstSlot(), to))
                        .expressions();
            case HASH -> {
                final KeyLoad key = frontend(code);
                final Register to = key.behind();
                final int bytes = code.addressBytes();
                yield Code.join(List.of(
                        key.expressions(),
                        List.of(
                                new Expression.Payload(
                                        Expression.Header.NETWORK, code.family() == IpFamily.IPV4 ? 12 : 8, bytes, to),
                                new Expression.Hash(
                                        to, bytes, forward.slots(), Optional.of(HASH_SEED), forward.firstSlot(), to))));
            }
        };
    }
}

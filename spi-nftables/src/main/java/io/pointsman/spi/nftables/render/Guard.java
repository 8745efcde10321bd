package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Chain;
import io.pointsman.linux.nftables.Element;
import io.pointsman.linux.nftables.Expression;
import io.pointsman.linux.nftables.KeyLoad;
import io.pointsman.linux.nftables.NamedSet;
import io.pointsman.linux.nftables.Rule;
import io.pointsman.linux.nftables.Verdict;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.NodeFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Rules that drop first packets which were to be translated and were not, for the moment in which a table is replaced by
 * another: connection tracking would remember them as they are, and what is sent again would go the same way.
 *
 * <p>Base chains of one priority are asked one after the other, the new table's first. A packet that asks it before the
 * transaction and the old one behind it finds both empty. What is sent to a Service that has endpoints for others only is
 * dropped meanwhile rather than refused.
 */
public final class Guard {
    private final IpFamily family;
    private final NodeFacts node;
    private final Code code;
    private final List<Rule> rules = new ArrayList<>();

    private Guard(IpFamily family, NodeFacts node) {
        this.family = family;
        this.node = node;
        this.code = new Code(family);
    }

    /** A chain that there is for it alone. */
    public static Chain chain() {
        return Chain.base(Layout.GUARD_POSTROUTING, Chain.Type.FILTER, Chain.Hook.POSTROUTING, Layout.BEHIND_SRCNAT);
    }

    /** Sets that there are for it alone. */
    public static List<NamedSet> sets(IpFamily family) {
        return List.of(Layout.frontends(Layout.GUARDED, family), Layout.nodePorts(Layout.GUARDED_NODE_PORTS));
    }

    /** Returns the guard's element for a dispatch element whose packets must be translated; empty for any other element. */
    public static Optional<Entry> of(Entry entry) {
        return switch (entry.set()) {
            case Layout.SERVICES ->
                Optional.of(new Entry(Layout.GUARDED, Element.of(entry.element().key())));
            case Layout.NODE_PORTS ->
                Optional.of(new Entry(
                        Layout.GUARDED_NODE_PORTS, Element.of(entry.element().key())));
            default -> Optional.empty();
        };
    }

    /** Returns the guard's rules: those of its own chain, and those that go before all rules of the permanent chains. */
    public static List<Rule> rules(IpFamily family, NodeFacts node, TableOptions options) {
        final Guard guard = new Guard(family, node);
        guard.destinations(Layout.BIND_PREROUTING);
        guard.destinations(Layout.BIND_OUTPUT);
        guard.sources(options);
        return guard.rules;
    }

    private void destinations(String chain) {
        final List<Expression> untranslated = Code.join(List.of(Code.isNew(), Code.isNotTranslated()));
        final List<Expression> isOfService = Code.lookup(code.frontend(false), Layout.GUARDED, false);
        final List<Expression> isNodePort = Code.lookup(code.frontend(true), Layout.GUARDED_NODE_PORTS, false);
        final List<Expression> toNode =
                Code.lookup(KeyLoad.at(Code.FIRST).destinationAddress(family), Layout.NODE_PORT_ADDRESSES, false);
        drop(chain, untranslated, isOfService);
        drop(chain, untranslated, toNode, isNodePort);
        if (family == IpFamily.IPV4 && node.nodePortsOnLoopbackNet()) {
            drop(chain, untranslated, code.destinationIn(NodeRules.LOOPBACK), isNodePort);
        }
    }

    private void sources(TableOptions options) {
        final String chain = Layout.GUARD_POSTROUTING;
        drop(chain, Code.isNew(), Code.isMarked(options.rewriting().markBit()));
        final KeyLoad itself = KeyLoad.at(Code.FIRST).sourceAddress(family).destinationAddress(family);
        drop(
                chain,
                Code.isNew(),
                Code.isTranslated(),
                Code.hasItsSource(),
                Code.lookup(itself, Layout.HAIRPINS, false));
    }

    @SafeVarargs
    private void drop(String chain, List<Expression>... matches) {
        final List<Expression> all = new ArrayList<>();
        for (List<Expression> match : matches) {
            all.addAll(match);
        }
        all.addAll(Code.decide(Verdict.DROP));
        rules.add(new Rule(chain, all, "", 0));
    }
}

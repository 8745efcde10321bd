package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Bytes;
import io.pointsman.linux.nftables.Element;
import io.pointsman.linux.nftables.Expression;
import io.pointsman.linux.nftables.KeyLoad;
import io.pointsman.linux.nftables.Register;
import io.pointsman.linux.nftables.Rule;
import io.pointsman.linux.nftables.Verdict;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.NodeFacts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Rules of the permanent chains, which follow from the node. Used once. */
public final class NodeRules {
    static final Cidr LOOPBACK = Cidr.parse("127.0.0.0/8");

    private final IpFamily family;
    private final NodeFacts node;
    private final TableOptions options;
    private final Code code;
    private final List<Rule> rules = new ArrayList<>();

    private NodeRules(IpFamily family, NodeFacts node, TableOptions options) {
        this.family = family;
        this.node = node;
        this.options = options;
        this.code = new Code(family);
    }

    /** Rules of all permanent chains, grouped by chain. */
    public static List<Rule> of(IpFamily family, NodeFacts node, TableOptions options) {
        final NodeRules all = new NodeRules(family, node, options);
        all.translation();
        all.binding();
        all.sources();
        all.refusals();
        if (options.counting().countsPackets()) {
            all.packets();
        }
        if (options.hasFastPath()) {
            all.fastPath();
        }
        return all.rules;
    }

    /**
     * Addresses that serve node ports, without 127.0.0.0/8, which has a rule, and without the address that our own sockets
     * serve.
     */
    public static List<Element> nodePortAddresses(IpFamily family, NodeFacts node) {
        final Optional<IpAddress> forwarded = node.forwardedAddress(family);
        return node.nodePortAddresses(family).stream()
                .filter(address -> !forwarded.equals(Optional.of(address)))
                .map(address -> Element.of(Bytes.address(address)))
                .toList();
    }

    private void translation() {
        add(Layout.PREROUTING, Code.decide(Verdict.jump(Layout.DISPATCH)));
        add(Layout.OUTPUT, Code.decide(Verdict.jump(Layout.DISPATCH)));
        add(Layout.DISPATCH, Code.verdictOf(code.frontend(false), Layout.SERVICES));
        ofNodePorts(Layout.DISPATCH, Code.verdictOf(code.frontend(true), Layout.NODE_PORTS));
        if (options.counting().countsConnections()) {
            add(Layout.DENY, Code.countBy(code.frontend(false), Layout.DENIED));
            ofNodePorts(Layout.DENY, Code.countBy(code.frontend(true), Layout.NODE_DENIED));
            add(Layout.DENY, Code.decide(Verdict.DROP));
        }
    }

    /** Adds a rule for packets to addresses that serve node ports. */
    private void ofNodePorts(String chain, List<Expression> what) {
        final KeyLoad address = KeyLoad.at(Code.FIRST).destinationAddress(family);
        add(chain, Code.lookup(address, Layout.NODE_PORT_ADDRESSES, false), what);
        if (family == IpFamily.IPV4 && node.nodePortsOnLoopbackNet()) {
            add(chain, code.destinationIn(LOOPBACK), what);
        }
    }

    private void packets() {
        for (String chain : List.of(Layout.COUNT_PREROUTING, Layout.COUNT_OUTPUT)) {
            // most packets of a node belong to connections that are known to be of no Service
            add(chain, Code.isNotNew(), Code.isNotTranslated(), Code.decide(Verdict.ACCEPT));
            add(chain, Code.isAnswer(), Code.decide(Verdict.ACCEPT));
            add(chain, Code.decide(Verdict.jump(Layout.COUNT_FROM_CLIENTS)));
        }
        add(Layout.COUNT_FROM_CLIENTS, Code.countBy(code.frontend(false), Layout.FROM_CLIENTS));
        ofNodePorts(Layout.COUNT_FROM_CLIENTS, Code.countBy(code.frontend(true), Layout.NODE_FROM_CLIENTS));
        final List<Expression> answers = Code.join(
                List.of(Code.isAnswer(), Code.isTranslated(), Code.decide(Verdict.jump(Layout.COUNT_TO_CLIENTS))));
        add(Layout.COUNT_POSTROUTING, answers);
        add(Layout.COUNT_INPUT, Code.isFromOutside(), answers);
        add(Layout.COUNT_TO_CLIENTS, Code.countBy(code.answeringFrontend(false), Layout.TO_CLIENTS));
        final List<Expression> nodePort = Code.countBy(code.answeringFrontend(true), Layout.NODE_TO_CLIENTS);
        add(
                Layout.COUNT_TO_CLIENTS,
                Code.lookup(KeyLoad.at(Code.FIRST).sourceAddress(family), Layout.NODE_PORT_ADDRESSES, false),
                nodePort);
        if (family == IpFamily.IPV4 && node.nodePortsOnLoopbackNet()) {
            add(Layout.COUNT_TO_CLIENTS, code.sourceIn(LOOPBACK), nodePort);
        }
    }

    /**
     * Adds connections of Services to the flowtable once both ends have sent packets. They are recognized by their
     * destination before translation; address and port have separate look-ups, because nft 1.0.6 can't read keys that
     * contain both.
     */
    private void fastPath() {
        final List<Expression> established = Code.join(List.of(Code.isEstablished(), Code.isTranslated()));
        final List<Expression> enter = List.of(new Expression.Offload(Layout.FAST_PATH));
        final KeyLoad vip = code.originalDestination();
        add(Layout.ENTER_FAST_PATH, established, Code.lookup(vip, Layout.FAST_PATH_VIPS, false), enter);
        final List<Expression> toNode = Code.lookup(code.originalDestination(), Layout.NODE_PORT_ADDRESSES, false);
        Map.of(Protocol.TCP, Layout.FAST_PATH_TCP_PORTS, Protocol.UDP, Layout.FAST_PATH_UDP_PORTS).entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(ports -> add(
                        Layout.ENTER_FAST_PATH,
                        established,
                        toNode,
                        Code.protocolIs(ports.getKey().number()),
                        Code.lookup(Code.originalDestinationPort(), ports.getValue(), false),
                        enter));
    }

    private void binding() {
        for (String chain : List.of(Layout.BIND_PREROUTING, Layout.BIND_OUTPUT)) {
            final KeyLoad session =
                    KeyLoad.at(Code.FIRST).part(4, to -> new Expression.Meta(Expression.MetaKey.PRIORITY, to));
            if (options.counting().countsConnections()) {
                add(chain, Code.isNew(), Code.isTranslated(), Code.countBy(session, Layout.AFFINITY_HITS));
            }
            add(chain, Code.isNew(), Code.isTranslated(), Code.verdictOf(session, Layout.BINDINGS));
        }
    }

    private void sources() {
        add(
                Layout.POSTROUTING,
                Code.isMarked(options.rewriting().markBit()),
                Code.decide(Verdict.goTo(Layout.REWRITE_SOURCE)));
        final KeyLoad itself = KeyLoad.at(Code.FIRST).sourceAddress(family).destinationAddress(family);
        add(
                Layout.POSTROUTING,
                Code.isTranslated(),
                Code.lookup(itself, Layout.HAIRPINS, false),
                Code.decide(Verdict.goTo(Layout.REWRITE_SOURCE)));
        add(Layout.REWRITE_SOURCE, Code.unmark(options.rewriting().markBit()));
        node.egress().stream()
                .filter(egress -> egress.source().family() == family
                        && !egress.destination().isEverything())
                .sorted(Comparator.comparingInt((NodeFacts.Egress egress) ->
                                -egress.destination().prefixLength())
                        .thenComparing(NodeFacts.Egress::destination))
                .forEach(egress -> {
                    for (Protocol protocol : Protocol.values()) {
                        add(
                                Layout.REWRITE_SOURCE,
                                code.destinationIn(egress.destination()),
                                Code.protocolIs(protocol.number()),
                                snat(egress.source()));
                    }
                });
        for (Protocol protocol : Protocol.values()) {
            add(Layout.REWRITE_SOURCE, Code.protocolIs(protocol.number()), masquerade());
        }
    }

    private List<Expression> ports(Register first) {
        return List.of(
                new Expression.Load(first, Bytes.be16(options.rewriting().firstPort())),
                new Expression.Load(
                        first.behind(2), Bytes.be16(options.rewriting().lastPort())));
    }

    private static Expression.Ports range(Register first) {
        return new Expression.Ports(Optional.of(first), Optional.of(first.behind(2)));
    }

    private List<Expression> masquerade() {
        return Code.join(List.of(
                ports(Code.FIRST),
                List.of(new Expression.Masquerade(range(Code.FIRST), Set.of(Expression.NatFlag.FULLY_RANDOM)))));
    }

    private List<Expression> snat(IpAddress source) {
        final Register port = Code.FIRST.behind(code.addressBytes());
        return Code.join(List.of(
                List.of(new Expression.Load(Code.FIRST, Bytes.address(source))),
                ports(port),
                List.of(new Expression.Nat(
                        Expression.NatKind.SOURCE,
                        family,
                        Optional.of(Code.FIRST),
                        Optional.empty(),
                        range(port),
                        Set.of(Expression.NatFlag.FULLY_RANDOM)))));
    }

    private void refusals() {
        if (options.counting().countsConnections()) {
            add(Layout.REFUSE_HERE, Code.countBy(code.frontend(false), Layout.REFUSED));
            ofNodePorts(Layout.REFUSE_HERE, Code.countBy(code.frontend(true), Layout.NODE_REFUSED));
            add(Layout.REFUSE_ELSEWHERE, Code.countBy(code.frontend(false), Layout.REFUSED));
        }
        add(Layout.REFUSE_HERE, Code.verdictOf(code.frontend(false), Layout.REFUSALS));
        ofNodePorts(Layout.REFUSE_HERE, Code.verdictOf(code.frontend(true), Layout.NODE_REFUSALS));
        add(Layout.REFUSE_ELSEWHERE, Code.verdictOf(code.frontend(false), Layout.REFUSALS));
        unknownPort().ifPresent(verdict -> {
            final KeyLoad address = KeyLoad.at(Code.FIRST).destinationAddress(family);
            add(Layout.REFUSE_ELSEWHERE, Code.lookup(address, Layout.CLUSTER_IPS, false), verdict);
        });
        for (Cidr range : node.serviceRanges(family)) {
            add(Layout.REFUSE_ELSEWHERE, code.destinationIn(range), Code.decide(Verdict.DROP));
        }
        if (family == IpFamily.IPV4 && node.guardsLoopback()) {
            guardLoopback(Layout.FILTER_INPUT);
            guardLoopback(Layout.FILTER_OUTPUT);
        }
        add(Layout.FILTER_INPUT, Code.isNew(), Code.decide(Verdict.jump(Layout.REFUSE_HERE)));
        add(Layout.FILTER_FORWARD, Code.isNew(), Code.decide(Verdict.jump(Layout.REFUSE_ELSEWHERE)));
        // Packets for the node itself reach input, where they can be refused with an error that any sender understands.
        add(Layout.FILTER_OUTPUT, Code.isNew(), Code.toElsewhere(), Code.decide(Verdict.jump(Layout.REFUSE_ELSEWHERE)));
    }

    private Optional<List<Expression>> unknownPort() {
        return switch (node.mode().unknownClusterIpPort()) {
            case Action.Reject() -> Optional.of(List.of(Expression.Reject.portUnreachable(family)));
            case Action.Drop() -> Optional.of(Code.decide(Verdict.DROP));
            case Action.Pass(), Action.Forward _ -> Optional.empty();
        };
    }

    /**
     * Guards loopback: where packets of 127.0.0.0/8 may be routed for node ports, other hosts could otherwise reach services
     * that listen on loopback only.
     */
    private void guardLoopback(String chain) {
        add(
                chain,
                Code.isNew(),
                code.sourceNotIn(LOOPBACK),
                code.destinationIn(LOOPBACK),
                Code.isNotTranslated(),
                Code.decide(Verdict.DROP));
    }

    @SafeVarargs
    private void add(String chain, List<Expression>... parts) {
        rules.add(Code.rule(chain, parts));
    }
}

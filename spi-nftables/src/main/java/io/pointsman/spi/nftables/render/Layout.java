package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Bytes;
import io.pointsman.linux.nftables.Chain;
import io.pointsman.linux.nftables.DataType;
import io.pointsman.linux.nftables.Flowtable;
import io.pointsman.linux.nftables.NamedSet;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.Frontend;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Layout of one family's table: what it contains before the first Service, and keeps.
 *
 * <pre>
 * nat prerouting, output ─► dispatch ─► services   : VIP . protocol . port            → goto a policy's chain
 *                                    └► node-ports : protocol . port, if the address serves them
 * a policy's chain       ─► allowed    : VIP . protocol . port . source ranges         → else drop
 *                        ─► affinity   : client . protocol . session                   → endpoint that it is bound to
 *                        ─► endpoints  : VIP . protocol . port . slot                  → endpoint; slot 0 when it is missing
 * filter after that      ─► sessions'  : session                                       → goto the chain that writes affinity
 * filter input, forward, output ─► refusals : VIP . protocol . port                    → jump to a refusal
 *                        ─► cluster-ips : reject; service ranges: drop
 * nat postrouting        ─► marked, or in hairpins : client . endpoint                 → rewrite-source
 * </pre>
 *
 * <p>A policy's chain holds what rules of one kind share: the number of slots, whose source is rewritten, whether sources
 * are limited, whether clients are bound. It names no Service: a Service's own data is in the maps, under its VIP and port.
 * So 50,000 Services need no more chains and sets than 10, which matters because the kernel searches a table's sets by name
 * for each message of elements.
 *
 * <p>A packet in transit during a commit may find the old dispatch and the new endpoints, because each look-up reads the
 * current generation by itself. If a pool has shrunk, the packet's slot may be missing. Slot 0 is then used, which exists as
 * long as the pool has endpoints. If that is missing too, the packet is dropped: once connection tracking has seen it pass,
 * the connection would stay untranslated. A new chain is empty to packets that were in transit when it was created. It is
 * therefore created one transaction before the element that refers to it, and removed at least one transaction after it.
 *
 * <p>Counters are named, one of each kind for a service port. Maps with the keys of {@code services} and {@code node-ports}
 * find them, so the number of rules does not grow with Services. Connections are counted in a policy's chain, where they are
 * translated. Packets of clients are counted before translation, while they are addressed to the VIP; packets to clients
 * after it, when they come from the VIP again. A packet that stays on the node passes both postrouting and input, and is
 * counted in postrouting.
 *
 * <p>Decisions by affinity are counted after translation, by the session's number. If the client was not bound, the number
 * has one more bit ({@link Sessions#CHOSEN}), so that the map of those counters does not have it. The alternative, one rule
 * that looks up the client, counts and then translates, has no form in nft's syntax.
 *
 * <p>A client is bound to an endpoint for all VIPs of its service port, so the key of {@code affinity} needs a number for
 * the service port. In nf_tables the result of one look-up cannot be the key of another, and marks belong to other programs.
 * The number is therefore kept in {@code skb->priority} from one rule to the next; the priority is 0 in a received packet
 * and is set again where the packet is forwarded.
 */
public final class Layout {
    public static final String NAME = "pointsman";

    /** Comment by which our table is recognized when the record of it is lost. */
    public static final String COMMENT = "services of this node, by Pointsman";

    static final String SERVICES = "services";
    static final String NODE_PORTS = "node-ports";
    static final String ENDPOINTS = "endpoints";
    static final String NODE_ENDPOINTS = "node-endpoints";
    static final String ALLOWED = "allowed";
    static final String NODE_ALLOWED = "node-allowed";
    static final String REFUSALS = "refusals";
    static final String NODE_REFUSALS = "node-refusals";
    static final String SESSIONS = "sessions";
    static final String NODE_SESSIONS = "node-sessions";
    static final String BINDINGS = "bindings";
    public static final String AFFINITY = "affinity";
    static final String HAIRPINS = "hairpins";
    static final String CLUSTER_IPS = "cluster-ips";
    public static final String NODE_PORT_ADDRESSES = "node-port-addresses";
    static final String CONNECTIONS = "connections";
    static final String NODE_CONNECTIONS = "node-connections";
    static final String AFFINITY_HITS = "affinity-hits";
    static final String REFUSED = "refused";
    static final String NODE_REFUSED = "node-refused";
    static final String DENIED = "denied";
    static final String NODE_DENIED = "node-denied";
    static final String DROPPED = "dropped";
    static final String NODE_DROPPED = "node-dropped";
    static final String FROM_CLIENTS = "from-clients";
    static final String NODE_FROM_CLIENTS = "node-from-clients";
    static final String TO_CLIENTS = "to-clients";
    static final String NODE_TO_CLIENTS = "node-to-clients";

    static final String DISPATCH = "dispatch";
    static final String DENY = "deny";
    static final String REFUSE_HERE = "refuse-here";
    static final String REFUSE_ELSEWHERE = "refuse-elsewhere";
    static final String REWRITE_SOURCE = "rewrite-source";
    static final String PREROUTING = "nat-prerouting";
    static final String OUTPUT = "nat-output";
    static final String POSTROUTING = "nat-postrouting";
    static final String BIND_PREROUTING = "bind-prerouting";
    static final String BIND_OUTPUT = "bind-output";
    static final String FILTER_INPUT = "filter-input";
    static final String FILTER_FORWARD = "filter-forward";
    static final String FILTER_OUTPUT = "filter-output";
    /** Chain that exists only while {@link Guard} is in force. */
    static final String GUARD_POSTROUTING = "guard-postrouting";

    static final String GUARDED = "guarded";
    static final String GUARDED_NODE_PORTS = "guarded-node-ports";

    static final String FAST_PATH_VIPS = "fast-path-vips";
    static final String FAST_PATH_TCP_PORTS = "fast-path-tcp-ports";
    static final String FAST_PATH_UDP_PORTS = "fast-path-udp-ports";
    static final String ENTER_FAST_PATH = "enter-fast-path";
    /** Name of the flowtable. */
    public static final String FAST_PATH = "fast-path";

    static final String COUNT_FROM_CLIENTS = "count-from-clients";
    static final String COUNT_TO_CLIENTS = "count-to-clients";
    static final String COUNT_PREROUTING = "count-prerouting";
    static final String COUNT_OUTPUT = "count-output";
    static final String COUNT_INPUT = "count-input";
    static final String COUNT_POSTROUTING = "count-postrouting";

    /** Most slots of a pool; the slots of a rule's second pool begin at this number. */
    static final int MAX_SLOTS = 1 << 16;

    private static final int DSTNAT = -100; // NF_IP_PRI_NAT_DST
    private static final int SRCNAT = 100; // NF_IP_PRI_NAT_SRC
    private static final int BEHIND_DSTNAT = -90;
    private static final int BEFORE_DSTNAT = -110;
    static final int BEHIND_SRCNAT = 110;
    /** Behind other programs' filters, which see none of a connection's packets once it is on the fast path. */
    private static final int LAST = 1000;

    private Layout() {}

    /** Id of a family's table. */
    public static TableId table(IpFamily family) {
        return new TableId(family, NAME);
    }

    /** All sets and maps of the layout. */
    public static List<NamedSet> sets(IpFamily family, TableOptions options) {
        final DataType address = family == IpFamily.IPV4 ? DataType.IPV4_ADDR : DataType.IPV6_ADDR;
        final DataType protocol = DataType.INET_PROTO;
        final DataType port = DataType.INET_SERVICE;
        final List<DataType> endpoint = List.of(address, port);
        final List<DataType> session = List.of(DataType.CLASSID);
        final List<NamedSet> sets = new ArrayList<>(List.of(
                NamedSet.verdictMap(SERVICES, address, protocol, port),
                NamedSet.verdictMap(NODE_PORTS, protocol, port),
                NamedSet.map(ENDPOINTS, endpoint, address, protocol, port, DataType.INTEGER),
                NamedSet.map(NODE_ENDPOINTS, endpoint, protocol, port, DataType.INTEGER),
                NamedSet.set(ALLOWED, address, protocol, port, address).flagged(NamedSet.Flag.INTERVAL),
                NamedSet.set(NODE_ALLOWED, protocol, port, address).flagged(NamedSet.Flag.INTERVAL),
                NamedSet.verdictMap(REFUSALS, address, protocol, port),
                NamedSet.verdictMap(NODE_REFUSALS, protocol, port),
                NamedSet.map(SESSIONS, session, address, protocol, port, DataType.INTEGER),
                NamedSet.map(NODE_SESSIONS, session, protocol, port, DataType.INTEGER),
                NamedSet.verdictMap(BINDINGS, DataType.CLASSID),
                NamedSet.map(AFFINITY, endpoint, address, protocol, DataType.CLASSID)
                        .flagged(NamedSet.Flag.DYNAMIC, NamedSet.Flag.TIMEOUT)
                        .sized(options.affinitySize()),
                NamedSet.set(HAIRPINS, address, address),
                NamedSet.set(CLUSTER_IPS, address),
                NamedSet.set(NODE_PORT_ADDRESSES, address)));
        for (Counter counter : Counter.values()) {
            if (!counter.isIn(options.counting())) {
                continue;
            }
            if (counter.isOfFrontends()) {
                sets.add(NamedSet.counterMap(counter.byVip, address, protocol, port));
                sets.add(NamedSet.counterMap(counter.byNodePort, protocol, port));
            } else {
                sets.add(NamedSet.counterMap(counter.byVip, DataType.CLASSID));
            }
        }
        if (options.hasFastPath()) {
            sets.add(NamedSet.set(FAST_PATH_VIPS, address));
            sets.add(NamedSet.set(FAST_PATH_TCP_PORTS, port));
            sets.add(NamedSet.set(FAST_PATH_UDP_PORTS, port));
        }
        return List.copyOf(sets);
    }

    /** A set of addresses with protocol and port. */
    static NamedSet frontends(String name, IpFamily family) {
        final DataType address = family == IpFamily.IPV4 ? DataType.IPV4_ADDR : DataType.IPV6_ADDR;
        return NamedSet.set(name, address, DataType.INET_PROTO, DataType.INET_SERVICE);
    }

    /** A set of protocols with port. */
    static NamedSet nodePorts(String name) {
        return NamedSet.set(name, DataType.INET_PROTO, DataType.INET_SERVICE);
    }

    /** The flowtable, of no interface yet. */
    public static Optional<Flowtable> flowtable(TableOptions options) {
        return options.hasFastPath() ? Optional.of(Flowtable.of(FAST_PATH)) : Optional.empty();
    }

    /** Chains that exist whatever the plan says. */
    public static List<Chain> chains(TableOptions options) {
        final List<Chain> chains = new ArrayList<>();
        for (String name : List.of(DISPATCH, REFUSE_HERE, REFUSE_ELSEWHERE, REWRITE_SOURCE)) {
            chains.add(Chain.regular(name));
        }
        if (options.counting().countsConnections()) {
            chains.add(Chain.regular(DENY));
        }
        chains.add(Chain.base(PREROUTING, Chain.Type.NAT, Chain.Hook.PREROUTING, DSTNAT));
        chains.add(Chain.base(OUTPUT, Chain.Type.NAT, Chain.Hook.OUTPUT, DSTNAT));
        chains.add(Chain.base(POSTROUTING, Chain.Type.NAT, Chain.Hook.POSTROUTING, SRCNAT));
        chains.add(Chain.base(BIND_PREROUTING, Chain.Type.FILTER, Chain.Hook.PREROUTING, BEHIND_DSTNAT));
        chains.add(Chain.base(BIND_OUTPUT, Chain.Type.FILTER, Chain.Hook.OUTPUT, BEHIND_DSTNAT));
        chains.add(Chain.base(FILTER_INPUT, Chain.Type.FILTER, Chain.Hook.INPUT, 0));
        chains.add(Chain.base(FILTER_FORWARD, Chain.Type.FILTER, Chain.Hook.FORWARD, 0));
        chains.add(Chain.base(FILTER_OUTPUT, Chain.Type.FILTER, Chain.Hook.OUTPUT, 0));
        if (options.counting().countsPackets()) {
            chains.add(Chain.regular(COUNT_FROM_CLIENTS));
            chains.add(Chain.regular(COUNT_TO_CLIENTS));
            chains.add(Chain.base(COUNT_PREROUTING, Chain.Type.FILTER, Chain.Hook.PREROUTING, BEFORE_DSTNAT));
            chains.add(Chain.base(COUNT_OUTPUT, Chain.Type.FILTER, Chain.Hook.OUTPUT, BEFORE_DSTNAT));
            chains.add(Chain.base(COUNT_INPUT, Chain.Type.FILTER, Chain.Hook.INPUT, BEHIND_SRCNAT));
            chains.add(Chain.base(COUNT_POSTROUTING, Chain.Type.FILTER, Chain.Hook.POSTROUTING, BEHIND_SRCNAT));
        }
        if (options.hasFastPath()) {
            chains.add(Chain.base(ENTER_FAST_PATH, Chain.Type.FILTER, Chain.Hook.FORWARD, LAST));
        }
        return List.copyOf(chains);
    }

    /** Prefix of a frontend's keys. */
    public static Bytes key(Frontend frontend) {
        final Bytes protocol = Bytes.u8(frontend.protocol().number());
        final Bytes port = Bytes.be16(frontend.port());
        return frontend.isNodePort()
                ? Bytes.concatenated(protocol, port)
                : Bytes.concatenated(Bytes.address(frontend.vip()), protocol, port);
    }

    /** Whether a set's keys end in a range of addresses. */
    public static boolean isOfRanges(String set) {
        return set.equals(ALLOWED) || set.equals(NODE_ALLOWED);
    }

    /** Whether a map contains the numbers of sessions. */
    public static boolean isOfSessions(String set) {
        return set.equals(SESSIONS) || set.equals(NODE_SESSIONS);
    }

    public static int addressBytes(IpFamily family) {
        return family == IpFamily.IPV4 ? 4 : 16;
    }

    static Bytes endpoint(IpAddress address, int port) {
        return Bytes.concatenated(Bytes.address(address), Bytes.be16(port));
    }
}

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
 * The table of one family: what is in it before the first Service, and stays.
 *
 * <pre>
 * nat prerouting, output ─► dispatch ─► services   : VIP . protocol . port            → goto a policy's chain
 *                                    └► node-ports : protocol . port, if the address serves them
 * a policy's chain       ─► allowed    : VIP . protocol . port . source ranges         → else drop
 *                        ─► affinity   : client . protocol . session                   → endpoint that it is bound to
 *                        ─► endpoints  : VIP . protocol . port . slot                  → endpoint; slot 0 when it is missing
 * filter behind that     ─► sessions'  : session                                       → goto what enters it in affinity
 * filter input, forward, output ─► refusals : VIP . protocol . port                    → jump to a refusal
 *                        ─► cluster-ips : reject; service ranges: drop
 * nat postrouting        ─► marked, or in hairpins : client . endpoint                 → rewrite-source
 * </pre>
 *
 * <p>A policy's chain says what rules of one kind have in common (how many slots, whose source is rewritten, whether sources
 * are limited or bound), and nothing of a Service: what is a Service's own is in the maps, under its VIP and port. So there
 * are as many chains and sets for 50,000 Services as for 10, which matters since the kernel walks a table's sets by name for
 * each message of elements.
 *
 * <p>A packet that is on its way while a transaction is committed may find the old dispatch and the new endpoints: each
 * look-up asks again which generation counts. Where a pool has become smaller its slot can be missing then; slot 0 is there
 * for as long as the pool has endpoints, and if that is gone too the packet is dropped, for once connection tracking has seen
 * it pass it would stay untranslated. A chain, on the other hand, is empty to packets that set out before it was made: it is
 * made one transaction before the element that leads there, and removed at the earliest one after it.
 *
 * <p>Counters are named, one of a kind for each service port, and found by maps whose keys are those of {@code services} and
 * {@code node-ports}, so rules do not grow with Services. Connections are counted where they are translated, in a policy's
 * chain. Packets of clients are counted before they are translated, when they still go to the VIP; those to clients behind,
 * when they come from it again. What stays on the node passes both postrouting and input: it is counted in the former.
 *
 * <p>What affinity decides is counted behind translation, by the number of the session: a packet whose client was not bound
 * has one more bit in it there ({@link Sessions#CHOSEN}), by which the map of those counters does not know it. A rule that looked a
 * client up, counted and then translated could not be told in nft's words.
 *
 * <p>A client is bound to an endpoint for all VIPs of its service port, so the key of {@code affinity} needs a number for
 * that. nf_tables' language has no look-up whose key is another's result, and marks belong to others; the number waits in
 * {@code skb->priority}, which is 0 for a received packet and made again where it is forwarded, from one rule to the next.
 */
public final class Layout {
    public static final String NAME = "pointsman";

    /** By which a table of ours is known again when no record of it is left. */
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
    static final String FAST_PATH_VIPS = "fast-path-vips";
    static final String FAST_PATH_TCP_PORTS = "fast-path-tcp-ports";
    static final String FAST_PATH_UDP_PORTS = "fast-path-udp-ports";
    static final String ENTER_FAST_PATH = "enter-fast-path";
    /** The flowtable. */
    public static final String FAST_PATH = "fast-path";

    static final String COUNT_FROM_CLIENTS = "count-from-clients";
    static final String COUNT_TO_CLIENTS = "count-to-clients";
    static final String COUNT_PREROUTING = "count-prerouting";
    static final String COUNT_OUTPUT = "count-output";
    static final String COUNT_INPUT = "count-input";
    static final String COUNT_POSTROUTING = "count-postrouting";

    /** As many slots of a pool at most; those of a rule's second pool begin there. */
    static final int MAX_SLOTS = 1 << 16;

    private static final int DSTNAT = -100; // NF_IP_PRI_NAT_DST
    private static final int SRCNAT = 100; // NF_IP_PRI_NAT_SRC
    private static final int BEHIND_DSTNAT = -90;
    private static final int BEFORE_DSTNAT = -110;
    private static final int BEHIND_SRCNAT = 110;
    /** Behind other programs' filters, which see none of a connection's packets once it is on the fast path. */
    private static final int LAST = 1000;

    private Layout() {}

    /** Which table. */
    public static TableId table(IpFamily family) {
        return new TableId(family, NAME);
    }

    /** All sets and maps that there are. */
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

    /** The flowtable, of no interface yet. */
    public static Optional<Flowtable> flowtable(TableOptions options) {
        return options.hasFastPath() ? Optional.of(Flowtable.of(FAST_PATH)) : Optional.empty();
    }

    /** All chains that there are whatever the plan says. */
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

    /** What keys of a frontend begin with. */
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

    /** Whether a map has the numbers of sessions. */
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

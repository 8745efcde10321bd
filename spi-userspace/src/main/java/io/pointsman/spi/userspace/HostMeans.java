package io.pointsman.spi.userspace;

import io.pointsman.linux.Capability;
import io.pointsman.linux.ProcessCapabilities;
import io.pointsman.plan.Action;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PodDetector;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the kernel would do for this process, here and now.
 *
 * @param ownsVips it may make routes and routing rules
 * @param tables families of nft tables that it may have
 * @param keepsSource sockets may borrow their clients' addresses
 * @param reason in words, what there is and what is missing
 */
record HostMeans(boolean ownsVips, Set<String> tables, boolean keepsSource, String reason) {
    /** Families of nft tables that are of use. */
    static final List<String> TABLES = List.of("inet", "bridge", "arp");

    HostMeans {
        tables = Set.copyOf(tables);
    }

    static HostMeans none(String why) {
        return new HostMeans(false, Set.of(), false, why);
    }

    boolean has(String table) {
        return tables.contains(table);
    }

    /** Packets can be judged before the kernel answers them. */
    boolean filters() {
        return has("inet");
    }

    /** Looks what there is; changes nothing. In the calling thread's network namespace. */
    static HostMeans probe(boolean epoll) {
        try {
            if (!ProcessCapabilities.current().has(Capability.NET_ADMIN)) {
                return none(
                        "without CAP_NET_ADMIN, VIPs must be on an interface of this node and clients' addresses are"
                                + " not kept");
            }
        } catch (IOException e) {
            return none("can't tell this process's capabilities: " + e.getMessage());
        }
        final List<String> words = new ArrayList<>();
        words.add("with CAP_NET_ADMIN, VIPs are led here by routes");
        final List<String> tables = new ArrayList<>();
        if (NftCommand.refusal(texts(TABLES)).isEmpty()) {
            tables.addAll(TABLES);
        } else {
            for (String table : TABLES) {
                final Optional<String> refusal = NftCommand.refusal(texts(List.of(table)));
                if (refusal.isEmpty()) {
                    tables.add(table);
                } else {
                    words.add("no nft table of family " + table + " (" + refusal.get() + "), " + without(table));
                }
            }
        }
        if (!epoll) {
            words.add("no epoll transport: clients' addresses are not kept");
        }
        return new HostMeans(true, Set.copyOf(tables), epoll && tables.contains("inet"), String.join("; ", words));
    }

    private static String texts(List<String> tables) {
        return String.join(
                "",
                tables.stream()
                        .map(table -> NftTables.replacement(table, UNKNOWN_NODE, 1))
                        .toList());
    }

    private static String without(String table) {
        return switch (table) {
            case "inet" -> "clients' addresses are not kept, and dropped clients are connected before they are dropped";
            case "bridge" -> "a client on its endpoint's bridge is masqueraded";
            default -> "this node answers ARP requests for the VIPs it serves";
        };
    }

    /** What is left of it on sockets of this transport. */
    HostMeans on(Transport transport) {
        return transport.isEpoll() || !keepsSource
                ? this
                : new HostMeans(
                        ownsVips, tables, false, reason + "; " + transport.name() + " keeps no client's address");
    }

    private static final NodeFacts UNKNOWN_NODE = new NodeFacts(
            "probe", Set.of(), new PodDetector.Unknown(), Set.of(), Action.PASS, List.of(), false, false, List.of());
}

package io.pointsman.spi.userspace.host;

import io.pointsman.linux.Capability;
import io.pointsman.linux.ProcessCapabilities;
import io.pointsman.linux.backend.OwnedNftTables;
import io.pointsman.linux.nftables.text.NftCommand;
import io.pointsman.plan.NodeFacts;
import io.pointsman.spi.userspace.loop.Transport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Kernel features that this process may use.
 *
 * @param ownsVips it may create routes and routing rules
 * @param tables families of nft tables that it may create
 * @param keepsSource sockets may borrow their clients' addresses
 * @param reason what is available and what is missing, as text
 * @param sourceLoss why sockets can't borrow their clients' addresses, in a few words; reported for each rule that wants it
 * @param reassembles fragmented datagrams are reassembled before chains see them
 */
public record HostCapabilities(
        boolean ownsVips,
        Set<String> tables,
        boolean keepsSource,
        String reason,
        String sourceLoss,
        boolean reassembles) {
    /** Families of nft tables that the backend can use. */
    static final List<String> TABLES = List.of("inet", "bridge", "arp");

    private static final String NO_EPOLL = "no epoll transport";

    public HostCapabilities {
        tables = Set.copyOf(tables);
    }

    public HostCapabilities(boolean ownsVips, Set<String> tables, boolean keepsSource, String reason) {
        this(ownsVips, tables, keepsSource, reason, reason, true);
    }

    public static HostCapabilities none(String why) {
        return new HostCapabilities(false, Set.of(), false, why);
    }

    boolean has(String table) {
        return tables.contains(table);
    }

    /** Whether packets can be filtered before the kernel answers them. */
    public boolean filters() {
        return has("inet");
    }

    /** Probes the kernel without changing anything. In the calling thread's network namespace. */
    public static HostCapabilities probe(boolean epoll) {
        try {
            if (!ProcessCapabilities.current().has(Capability.NET_ADMIN)) {
                return none(
                        "without CAP_NET_ADMIN, VIPs must be on an interface of this node and clients' addresses are"
                                + " not kept");
            }
        } catch (IOException e) {
            return none("the capabilities of this process can't be read: " + e.getMessage());
        }
        final boolean takesAll = takes(TABLES, true); // true on most hosts; each run of nft delays the start
        final boolean reassembles = takesAll || takes(List.of("inet"), true);
        final Map<String, String> refusals = takesAll ? Map.of() : refusals(reassembles);
        final List<String> words = new ArrayList<>();
        words.add("with CAP_NET_ADMIN, VIPs are routed here");
        final Set<String> causes = new LinkedHashSet<>(refusals.values());
        for (String cause : causes) {
            final List<String> refused = TABLES.stream()
                    .filter(table -> cause.equals(refusals.get(table)))
                    .toList();
            words.add("no nft table of family " + String.join(", ", refused) + " (" + cause + "): "
                    + refused.stream().map(HostCapabilities::without).collect(Collectors.joining("; ")));
        }
        if (!epoll) {
            words.add(NO_EPOLL + ": clients' addresses are not kept");
        }
        if (!reassembles && !refusals.containsKey("inet")) {
            words.add("no nft tproxy: UDP answers to clients' addresses that come in fragments are lost");
        }
        final List<String> tables =
                TABLES.stream().filter(table -> !refusals.containsKey(table)).toList();
        return new HostCapabilities(
                true,
                Set.copyOf(tables),
                epoll && tables.contains("inet"),
                String.join("; ", words),
                refusals.getOrDefault("inet", NO_EPOLL),
                reassembles);
    }

    /** Reasons why a table can't be created, by family. */
    private static Map<String, String> refusals(boolean reassembles) {
        final Map<String, String> refusals = new HashMap<>();
        if (!takes(TABLES, reassembles)) {
            for (String table : TABLES) {
                NftCommand.refusal(texts(List.of(table), reassembles))
                        .ifPresent(refusal -> refusals.put(table, refusal));
            }
        }
        return refusals;
    }

    private static boolean takes(List<String> tables, boolean reassembles) {
        return NftCommand.refusal(texts(tables, reassembles)).isEmpty();
    }

    private static String texts(List<String> tables, boolean reassembles) {
        return String.join(
                "",
                tables.stream()
                        .map(table -> OwnedNftTables.replacement(
                                table, NftTables.NAME, NftTables.body(table, UNKNOWN_NODE, 1, reassembles)))
                        .toList());
    }

    private static String without(String table) {
        return switch (table) {
            case "inet" -> "client addresses are not kept, and dropped clients are connected before they are dropped";
            case "bridge" -> "a client on its endpoint's bridge is masqueraded";
            default -> "this node answers ARP requests for the VIPs it serves";
        };
    }

    /** Returns the capabilities that remain with sockets of this transport. */
    public HostCapabilities on(Transport transport) {
        return transport.isEpoll() || !keepsSource
                ? this
                : new HostCapabilities(
                        ownsVips,
                        tables,
                        false,
                        reason + "; " + keepsNone(transport),
                        keepsNone(transport),
                        reassembles);
    }

    private static String keepsNone(Transport transport) {
        return transport.name() + " keeps no client's address";
    }

    private static final NodeFacts UNKNOWN_NODE = NodeFacts.builder("probe").build();
}

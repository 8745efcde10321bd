package io.pointsman.spi.nftables.fastpath;

import io.pointsman.linux.Sysctl;
import io.pointsman.linux.conntrack.ConntrackDump;
import io.pointsman.linux.conntrack.ConntrackEntry;
import io.pointsman.linux.netns.NamespaceHandle;
import io.pointsman.linux.netns.NamespaceThread;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.linux.nftables.TransactionException;
import io.pointsman.linux.route.Route;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Tests whether this kernel forwards translated connections through a flowtable, with one connection between a client, a
 * router and a server in temporary network namespaces. Some kernels accept the flowtable and then stall the connection.
 */
final class FlowtableTrial {
    private static final String TO_ROUTER = "up";
    private static final String TO_CLIENT = "client";
    private static final String TO_SERVER = "server";

    /** Rules of the router. */
    interface Rules {
        Transaction of(TrialNetwork network, TrialNetwork.Translation translation, List<String> devices);
    }

    private FlowtableTrial() {}

    /**
     * Returns the obstacle to a fast path, as a sentence; empty if there is none. Takes about 0.1 s, and up to 10 s if the
     * connection stalls.
     */
    static Optional<String> obstacle(IpFamily family) {
        return obstacle(family, TrialNetwork::table);
    }

    static Optional<String> obstacle(IpFamily family, Rules rules) {
        try {
            play(new TrialNetwork(family), rules);
            return Optional.empty();
        } catch (TransactionException e) {
            return Optional.of("this kernel has no flowtables (nft_flow_offload): "
                    + e.first().what() + ": " + e.first().errno());
        } catch (IOException e) {
            return Optional.of("the trial connection failed: " + e.getMessage());
        }
    }

    private static void play(TrialNetwork network, Rules rules) throws IOException {
        try (NamespaceThread client = NamespaceThread.openNew("flowtable-trial-client");
                NamespaceThread router = NamespaceThread.openNew("flowtable-trial-router");
                NamespaceThread server = NamespaceThread.openNew("flowtable-trial-server")) {
            try (NamespaceHandle clients = client.openHandle();
                    NamespaceHandle servers = server.openHandle()) {
                router.call(() -> {
                    wire(network, clients, servers);
                    return true;
                });
            }
            client.call(() -> attach(network.client(), network.routerOfClient()));
            server.call(() -> attach(network.server(), network.routerOfServer()));
            try (NfTables kernel = router.call(NfTables::open);
                    TrialConnection connection = TrialConnection.to(network, client, server)) {
                for (TrialNetwork.Translation translation : TrialNetwork.Translation.values()) {
                    kernel.commit(rules.of(network, translation, List.of(TO_CLIENT, TO_SERVER)));
                    connection.exchange(translation, () -> router.call(() -> requireOffloaded()));
                }
            }
        }
    }

    private static void wire(TrialNetwork network, NamespaceHandle clients, NamespaceHandle servers)
            throws IOException {
        Sysctl.apply(List.of(
                Sysctl.must(network.forwarding(), "1"), Sysctl.attempt("net.ipv6.conf.default.accept_dad", "0")));
        try (RouteNetlink route = RouteNetlink.open()) {
            route.addVethPair(TO_CLIENT, TO_ROUTER, clients);
            route.addVethPair(TO_SERVER, TO_ROUTER, servers);
            address(route, TO_CLIENT, network.routerOfClient());
            address(route, TO_SERVER, network.routerOfServer());
        }
    }

    private static boolean attach(IpAddress own, IpAddress router) throws IOException {
        try (RouteNetlink route = RouteNetlink.open()) {
            address(route, TO_ROUTER, own);
            route.addRoute(Route.via(Route.everything(own.family()), router));
            return true;
        }
    }

    private static void address(RouteNetlink route, String name, IpAddress address) throws IOException {
        route.setUp(name);
        route.addAddress(route.linkIndex(name), address, address.isIpv4() ? 24 : 64);
    }

    /** Fails unless the connection is in the flowtable: data that passes by another path proves nothing. */
    private static boolean requireOffloaded() throws IOException {
        final List<ConntrackEntry> entries = new ArrayList<>();
        try (ConntrackDump dump = ConntrackDump.open()) {
            for (Optional<ConntrackEntry> next = dump.next(); next.isPresent(); next = dump.next()) {
                entries.add(next.get());
            }
        }
        if (entries.stream().noneMatch(entry -> entry.has(ConntrackEntry.OFFLOADED))) {
            throw new IOException("the kernel did not add it to the flowtable");
        }
        return true;
    }
}

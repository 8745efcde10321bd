package io.pointsman.examples.packetagent;

import io.pointsman.linux.Sysctl;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.route.Route;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.model.IpAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Three network namespaces: a client and a server, each linked to the node between them, which routes. */
final class Topology implements AutoCloseable {
    private static final AtomicInteger SEQUENCE = new AtomicInteger();

    private final List<NetworkNamespace> made = new ArrayList<>();
    final NetworkNamespace client;
    final NetworkNamespace node;
    final NetworkNamespace server;

    Topology() throws IOException {
        try {
            client = make("client");
            node = make("node");
            server = make("server");
            connect(client, "toclient", 1);
            connect(server, "toserver", 2);
            node.call(() -> {
                for (Sysctl.Result result : Sysctl.apply(List.of(
                        Sysctl.must("net.ipv4.ip_forward", "1"), Sysctl.must("net.ipv6.conf.all.forwarding", "1")))) {
                    if (!result.isInForce()) {
                        throw new IOException(result.toString());
                    }
                }
                return true;
            });
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private NetworkNamespace make(String purpose) throws IOException {
        final NetworkNamespace namespace = NetworkNamespace.create(
                "pmxdp" + ProcessHandle.current().pid() + "-" + purpose + SEQUENCE.incrementAndGet());
        made.add(namespace);
        return namespace;
    }

    /** Links a namespace to the node: in 10.N.0.0/24 and fd00:N::/64, the node has address 1 and the other 2. */
    private void connect(NetworkNamespace end, String name, int number) throws IOException {
        final String ipv4 = "10." + number + ".0.";
        final String ipv6 = "fd00:" + number + "::";
        node.call(() -> {
            try (RouteNetlink netlink = RouteNetlink.open();
                    var handle = end.openHandle()) {
                netlink.addVethPair(name, "eth0", handle);
                return addressed(netlink, name, ipv4 + 1, ipv6 + 1);
            }
        });
        end.call(() -> {
            try (RouteNetlink netlink = RouteNetlink.open()) {
                final int link = addressed(netlink, "eth0", ipv4 + 2, ipv6 + 2);
                for (String gateway : List.of(ipv4 + 1, ipv6 + 1)) {
                    final IpAddress address = IpAddress.parse(gateway);
                    netlink.addRoute(Route.via(Route.everything(address.family()), address));
                }
                return link;
            }
        });
    }

    private static int addressed(RouteNetlink netlink, String name, String ipv4, String ipv6) throws IOException {
        netlink.setUp("lo");
        netlink.setUp(name);
        final int link = netlink.linkIndex(name);
        netlink.addAddress(link, IpAddress.parse(ipv4), 24);
        netlink.addAddress(link, IpAddress.parse(ipv6), 64);
        return link;
    }

    @Override
    public void close() throws IOException {
        for (NetworkNamespace namespace : made) {
            namespace.delete();
        }
        made.clear();
    }
}

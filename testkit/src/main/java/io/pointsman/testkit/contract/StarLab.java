package io.pointsman.testkit.contract;

import io.pointsman.linux.Sysctl;
import io.pointsman.linux.route.Route;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.testkit.lab.EchoServer;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A node in the middle; every other address is a separate host on its own link, so that every packet passes the node in both
 * directions. Packets to unknown addresses go on to a last host, which answers for the addresses given to it. One family.
 */
final class StarLab implements AutoCloseable {
    private static final String UPLINK = "eth0";
    private static final String BRIDGE = "pods";
    private static final String BEYOND = "beyond";
    private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");
    private static final int LOOPBACK_PREFIX = 8;
    private static final IpAddress NODE_LINK_LOCAL = IpAddress.parse("fe80::1");
    private static final IpAddress BEYOND_LINK_LOCAL = IpAddress.parse("fe80::2");
    private static final IpAddress BEYOND_IPV4 = IpAddress.parse("169.254.7.2");

    private record Server(Protocol protocol, IpAddress address, int port) {}

    private final Lab lab;
    private final IpFamily family;
    private final LabHost node;
    private final LabHost beyond;
    private final IpAddress nodeAddress;
    private final Set<IpAddress> nodeAddresses;
    private final Map<IpAddress, LabHost> hosts = new HashMap<>();
    private final Set<LabHost> open = new HashSet<>();
    private final Set<IpAddress> foreign = new HashSet<>();
    private final Map<Server, EchoServer> servers = new HashMap<>();
    private @Nullable IpAddress gateway; // of the hosts on the bridge
    private @Nullable Cidr bridged; // range of the hosts on the bridge

    private StarLab(Lab lab, List<IpAddress> nodeAddresses) throws IOException {
        this.lab = lab;
        this.nodeAddress = nodeAddresses.getFirst();
        this.family = nodeAddress.family();
        this.nodeAddresses = new HashSet<>(nodeAddresses);
        node = lab.addHost("node").forward();
        beyond = lab.addHost(BEYOND);
        lab.connect(node, UPLINK, beyond, UPLINK);
        for (IpAddress address : nodeAddresses) {
            node.addAddress(UPLINK, address, family.bits());
        }
        lead(beyond, UPLINK);
        final IpAddress next = family == IpFamily.IPV4 ? BEYOND_IPV4 : BEYOND_LINK_LOCAL;
        if (family == IpFamily.IPV4) {
            beyond.addAddress(UPLINK, next, family.bits());
            node.route(Cidr.of(next), UPLINK);
        } else {
            beyond.addAddress(UPLINK, next, 64);
        }
        node.netlink()
                .replaceRoute(Route.via(Route.everything(family), next)
                        .on(node.netlink().linkIndex(UPLINK)));
    }

    /** Opens a lab with the node, whose first address is its primary one, and the last host. */
    static StarLab open(List<IpAddress> nodeAddresses) throws IOException {
        final Lab lab = Lab.open();
        try {
            return new StarLab(lab, nodeAddresses);
        } catch (IOException | RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    /** Routes all packets of a host to the node, by the node's interface of this name. */
    private void lead(LabHost host, String nodeInterface) throws IOException {
        if (family == IpFamily.IPV4) {
            host.route(Cidr.of(nodeAddress), UPLINK);
            host.route(Route.everything(family), nodeAddress);
        } else {
            node.addAddress(nodeInterface, NODE_LINK_LOCAL, 64);
            host.netlink()
                    .replaceRoute(Route.via(Route.everything(family), NODE_LINK_LOCAL)
                            .on(host.netlink().linkIndex(UPLINK)));
        }
    }

    LabHost node() {
        return node;
    }

    boolean isNode(IpAddress address) {
        return address.isLoopback() || nodeAddresses.contains(address);
    }

    /**
     * Puts hosts created from now on with addresses of this range on a bridge of the node: they reach each other without the
     * node's routing, but the bridge shows their packets to the node's packet filters if the kernel does so.
     *
     * @param gateway the node's address on the bridge
     */
    void bridge(IpAddress gateway, int prefixLength) throws IOException {
        this.gateway = gateway;
        bridged = new Cidr(gateway, prefixLength);
        node.addBridge(BRIDGE).addAddress(BRIDGE, gateway, prefixLength);
        nodeAddresses.add(gateway);
    }

    private LabHost bridgedHost(Cidr range, IpAddress via, IpAddress address) throws IOException {
        final LabHost host = lab.addHost("h" + hosts.size());
        final String port = "to-h" + hosts.size();
        lab.connect(node, port, host, UPLINK);
        node.netlink().setMaster(port, BRIDGE);
        host.addAddress(UPLINK, address, range.prefixLength());
        host.route(Route.everything(family), via);
        return host;
    }

    /** Returns the host that has this address; created on first use. */
    LabHost host(IpAddress address) throws IOException {
        if (isNode(address)) {
            return node;
        }
        final LabHost known = hosts.get(address);
        if (known != null) {
            return known;
        }
        final LabHost host = newHost(address);
        hosts.put(address, host);
        return host;
    }

    private LabHost newHost(IpAddress address) throws IOException {
        final Cidr range = bridged;
        final IpAddress via = gateway;
        if (range != null && via != null && range.contains(address)) {
            return bridgedHost(range, via, address);
        }
        final LabHost host = lab.addHost("h" + hosts.size());
        final String port = "to-h" + hosts.size();
        lab.connect(node, port, host, UPLINK);
        host.addAddress(UPLINK, address, family.bits());
        lead(host, port);
        // the node sends from its primary address, whatever others its interfaces have
        node.netlink()
                .replaceRoute(Route.through(Cidr.of(address), node.netlink().linkIndex(port))
                        .withSource(nodeAddress));
        return host;
    }

    /**
     * Returns the host that has this address, without its loopback network: packets to loopback addresses leave the host.
     */
    LabHost hostWithoutLoopback(IpAddress address) throws IOException {
        final LabHost host = host(address);
        if (open.add(host)) {
            host.netlink().deleteAddress(host.netlink().linkIndex("lo"), LOOPBACK, LOOPBACK_PREFIX);
            // also for replies from there
            host.set(List.of(Sysctl.must("net.ipv4.conf.all.route_localnet", "1")));
        }
        return host;
    }

    /** Gives the host with a known address, on its own link, another address. */
    void addAddress(IpAddress known, IpAddress another) throws IOException {
        final LabHost host = host(known);
        host.addAddress(UPLINK, another, family.bits());
        node.route(Cidr.of(another), "to-" + host.name());
    }

    /** Gives the node another address, on its loopback interface. */
    void addToNode(IpAddress address) throws IOException {
        if (!isNode(address)) {
            nodeAddresses.add(address);
            node.addAddress("lo", address, family.bits());
        }
    }

    /** Starts an echo server at an address of a host, or of the node. */
    void serve(Protocol protocol, IpAddress address, int port) throws IOException {
        serve(host(address), protocol, address, port);
    }

    /**
     * Starts an echo server for packets that the node does not translate: on the node if they are for it, else on the last
     * host.
     */
    void serveUntranslated(Protocol protocol, IpAddress address, int port) throws IOException {
        if (isNode(address)) {
            serve(node, protocol, address, port);
        } else if (!hosts.containsKey(address)) {
            if (foreign.add(address)) {
                beyond.addAddress("lo", address, family.bits());
            }
            serve(beyond, protocol, address, port);
        }
    }

    private void serve(LabHost host, Protocol protocol, IpAddress address, int port) throws IOException {
        final Server server = new Server(protocol, address, port);
        if (!servers.containsKey(server)) {
            servers.put(server, host.serveEcho(protocol, address, port));
        }
    }

    /** Stops the servers at the node's own addresses, as they may conflict with a backend's sockets. */
    void stopNodeServers() {
        servers.entrySet().removeIf(entry -> {
            final boolean isNodes = isNode(entry.getKey().address());
            if (isNodes) {
                entry.getValue().close();
            }
            return isNodes;
        });
    }

    @Override
    public void close() {
        lab.close();
    }
}

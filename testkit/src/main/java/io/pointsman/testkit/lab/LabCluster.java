package io.pointsman.testkit.lab;

import io.pointsman.linux.KernelException;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Nodes with pods, connected by a router that also connects external clients. Every host has IPv4 and IPv6.
 *
 * <pre>
 *   client ── router ──┬── node ── bridge ──┬── pod
 *                      ├── node …           └── pod …
 *                      └── balancer
 * </pre>
 *
 * Nodes reach each other's pods by routes, as the router does. A VIP is not routed until {@link #routeVip} is called.
 */
public final class LabCluster implements AutoCloseable {
    /** Name of the pods' bridge on every node. */
    public static final String POD_BRIDGE = "cbr0";

    /** Name of every host's interface to the network. */
    public static final String UPLINK = "eth0";

    private static final String NODES_BRIDGE = "nodes";
    private static final String CLIENTS_BRIDGE = "clients";
    private static final List<Cidr> EVERYTHING = List.of(Cidr.parse("0.0.0.0/0"), Cidr.parse("::/0"));

    private final Lab lab;
    private final LabHost router;
    private final Network nodesNetwork;
    private final Network clientsNetwork;
    private final Map<String, LabHost> nodes = new LinkedHashMap<>();
    private final Map<String, Network> podNetworks = new LinkedHashMap<>();
    private int ports;

    /**
     * A network on one link.
     *
     * @param gateway address of the host that routes out of it
     */
    public record Network(IpAddress gateway, IpAddress gatewayIpv6, int prefixLength, int prefixLengthIpv6) {
        /** Parses the gateway's addresses: {@code of("10.244.1.1/24", "fd00:10:244:1::1/64")}. */
        public static Network of(String ipv4, String ipv6) {
            return new Network(address(ipv4), address(ipv6), length(ipv4), length(ipv6));
        }

        private static IpAddress address(String text) {
            return IpAddress.parse(text.substring(0, text.indexOf('/')));
        }

        private static int length(String text) {
            return Integer.parseInt(text.substring(text.indexOf('/') + 1));
        }

        Cidr range(IpFamily family) {
            return new Cidr(gateway(family), prefixLength(family));
        }

        IpAddress gateway(IpFamily family) {
            return family == IpFamily.IPV4 ? gateway : gatewayIpv6;
        }

        int prefixLength(IpFamily family) {
            return family == IpFamily.IPV4 ? prefixLength : prefixLengthIpv6;
        }
    }

    private LabCluster(Lab lab, LabHost router, Network nodesNetwork, Network clientsNetwork) {
        this.lab = lab;
        this.router = router;
        this.nodesNetwork = nodesNetwork;
        this.clientsNetwork = clientsNetwork;
    }

    /** Opens a cluster of only a router; it owns its lab. */
    public static LabCluster open(Network nodesNetwork, Network clientsNetwork) throws IOException {
        final Lab lab = Lab.open();
        try {
            final LabHost router = lab.addHost("router").forward();
            addGateway(router, NODES_BRIDGE, nodesNetwork);
            addGateway(router, CLIENTS_BRIDGE, clientsNetwork);
            return new LabCluster(lab, router, nodesNetwork, clientsNetwork);
        } catch (IOException | RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    /** Opens the cluster of Kubernetes' tutorial "Using Source IP", with IPv6 addresses added. */
    public static LabCluster tutorial() throws IOException {
        final LabCluster cluster = open(
                Network.of("10.240.0.1/24", "fd00:10:240::1/64"), Network.of("198.51.100.1/24", "2001:db8:51::1/64"));
        try {
            cluster.addNode(
                    "kubernetes-node-6jst", "10.240.0.4", "fd00:10:240::4", "10.180.1.1/24", "fd00:10:180:1::1/64");
            cluster.addNode(
                    "kubernetes-node-cx31", "10.240.0.5", "fd00:10:240::5", "10.244.3.1/24", "fd00:10:244:3::1/64");
            cluster.addNode(
                    "kubernetes-node-jj1t", "10.240.0.3", "fd00:10:240::3", "10.244.1.1/24", "fd00:10:244:1::1/64");
            cluster.addPod("source-ip-app", "kubernetes-node-6jst", "10.180.1.136", "fd00:10:180:1::136");
            cluster.addPod("busybox", "kubernetes-node-cx31", "10.244.3.8", "fd00:10:244:3::8");
            cluster.addClient("client", "198.51.100.79", "2001:db8:51::79");
            cluster.addBalancer("balancer", "10.240.0.9", "fd00:10:240::9");
            return cluster;
        } catch (IOException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private static void addGateway(LabHost host, String bridge, Network network) throws KernelException {
        host.addBridge(bridge)
                .addAddress(bridge, network.gateway(), network.prefixLength())
                .addAddress(bridge, network.gatewayIpv6(), network.prefixLengthIpv6());
    }

    /** Adds a node with a pod network; its bridge has the gateway addresses. */
    public LabHost addNode(String name, String ipv4, String ipv6, String pods, String podsIpv6) throws IOException {
        final LabHost node =
                attach(name, NODES_BRIDGE, nodesNetwork, ipv4, ipv6).forward();
        final Network podNetwork = Network.of(pods, podsIpv6);
        addGateway(node, POD_BRIDGE, podNetwork);
        for (IpFamily family : IpFamily.values()) {
            final IpAddress address = IpAddress.parse(family == IpFamily.IPV4 ? ipv4 : ipv6);
            router.route(podNetwork.range(family), address);
            for (Map.Entry<String, LabHost> other : nodes.entrySet()) {
                other.getValue().route(podNetwork.range(family), address);
                node.route(podNetwork(other.getKey()).range(family), addressOf(other.getValue(), family));
            }
        }
        nodes.put(name, node);
        podNetworks.put(name, podNetwork);
        return node;
    }

    private Network podNetwork(String node) {
        return Objects.requireNonNull(
                podNetworks.get(node), () -> "no node " + node + " among " + podNetworks.keySet());
    }

    /** Adds a pod on a node. */
    public LabHost addPod(String name, String nodeName, String ipv4, String ipv6) throws IOException {
        final LabHost node = node(nodeName);
        final Network network = podNetwork(nodeName);
        return attach(name, node, POD_BRIDGE, network, ipv4, ipv6);
    }

    /** Adds an external client. */
    public LabHost addClient(String name, String ipv4, String ipv6) throws IOException {
        return attach(name, CLIENTS_BRIDGE, clientsNetwork, ipv4, ipv6);
    }

    /** Adds a host in the nodes' network that forwards packets. */
    public LabHost addBalancer(String name, String ipv4, String ipv6) throws IOException {
        return attach(name, NODES_BRIDGE, nodesNetwork, ipv4, ipv6).forward();
    }

    private LabHost attach(String name, String bridge, Network network, String ipv4, String ipv6) throws IOException {
        return attach(name, router, bridge, network, ipv4, ipv6);
    }

    private LabHost attach(String name, LabHost hub, String bridge, Network network, String ipv4, String ipv6)
            throws IOException {
        final LabHost host = lab.addHost(name);
        final String port = "port" + ports++;
        lab.connect(hub, port, host, UPLINK);
        hub.netlink().setMaster(port, bridge);
        hub.netlink().setHairpin(port, true); // packets from a pod to itself through a VIP come back
        host.addAddress(UPLINK, IpAddress.parse(ipv4), network.prefixLength());
        host.addAddress(UPLINK, IpAddress.parse(ipv6), network.prefixLengthIpv6());
        for (Cidr everything : EVERYTHING) {
            host.route(everything, network.gateway(everything.family()));
        }
        return host;
    }

    /** Routes external packets for this address through a node or a balancer. */
    public void routeVip(IpAddress vip, LabHost by) throws KernelException {
        router.route(Cidr.of(vip), addressOf(by, vip.family()));
    }

    /** Returns a host's address on its uplink. */
    public static IpAddress addressOf(LabHost host, IpFamily family) throws KernelException {
        return host.netlink().addresses(host.netlink().linkIndex(UPLINK)).stream()
                .map(address -> address.address())
                .filter(address -> address.family() == family && !address.isLinkLocal())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(host + " has no " + family + " address on " + UPLINK));
    }

    public LabHost node(String name) {
        return Objects.requireNonNull(nodes.get(name), () -> "no node " + name + " among " + nodes.keySet());
    }

    /** Returns the nodes in the order they were added. */
    public List<LabHost> nodes() {
        return List.copyOf(nodes.values());
    }

    /** Returns any host by its name: node, pod, client, balancer, {@code router}. */
    public LabHost host(String name) {
        return lab.host(name);
    }

    public LabHost router() {
        return router;
    }

    @Override
    public void close() {
        lab.close();
    }
}

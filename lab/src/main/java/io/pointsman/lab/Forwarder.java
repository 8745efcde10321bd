package io.pointsman.lab;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.testkit.lab.HealthPoll;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.PacketBalancer;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/** The first kind of load balancer: forwards packets for the Service's external address unchanged to healthy nodes. */
final class Forwarder implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final TutorialCluster cluster;
    private final PacketBalancer balancer;

    private Forwarder(TutorialCluster cluster, PacketBalancer balancer) {
        this.cluster = cluster;
        this.balancer = balancer;
    }

    /** Opens a forwarder that checks every node's health at this port. */
    static Forwarder open(TutorialCluster cluster, int healthPort) throws IOException {
        final LabHost host = cluster.host(TutorialCluster.BALANCER);
        final Set<IpAddress> vips = new HashSet<>();
        for (IpFamily family : IpFamily.values()) {
            final IpAddress vip = vip(cluster, family);
            cluster.lab().routeVip(vip, host);
            vips.add(vip);
        }
        return new Forwarder(cluster, PacketBalancer.open(host, vips, cluster.nodes(), HealthPoll.healthz(healthPort)));
    }

    /** Returns the external address of the Service. */
    static IpAddress vip(TutorialCluster cluster, IpFamily family) {
        return IpAddress.parse(cluster.state()
                .get("loadbalancer")
                .at("/status/loadBalancer/ingress/" + (family == IpFamily.IPV4 ? 0 : 1) + "/ip")
                .asText());
    }

    List<String> allNodes() {
        return cluster.nodes().stream().map(LabHost::name).toList();
    }

    /** Waits until these nodes are in use; returns those in use, or the failure. */
    String awaitInUse(Collection<String> nodes) throws IOException {
        try {
            balancer.awaitInUse(Set.copyOf(nodes), PATIENCE);
        } catch (TimeoutException e) {
            return String.valueOf(e.getMessage());
        }
        return String.join(", ", balancer.inUse());
    }

    @Override
    public void close() {
        balancer.close();
    }
}

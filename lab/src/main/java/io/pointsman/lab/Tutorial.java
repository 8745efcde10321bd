package io.pointsman.lab;

import static io.pointsman.lab.TutorialCluster.APP;
import static io.pointsman.lab.TutorialCluster.APP_NODE;
import static io.pointsman.lab.TutorialCluster.BALANCER;
import static io.pointsman.lab.TutorialCluster.BUSYBOX;
import static io.pointsman.lab.TutorialCluster.BUSYBOX_BESIDE;
import static io.pointsman.lab.TutorialCluster.BUSYBOX_NODE;
import static io.pointsman.lab.TutorialCluster.CLIENT;

import io.pointsman.lab.Play.Expected;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.util.List;

/** The document's sections up to the load balancer, in its order and with its commands. */
final class Tutorial {
    static final int NODE_PORT = 30080;

    /** Port where a proxy reports its own health, whatever endpoints it has. */
    private static final int PROXY_HEALTH_PORT = 10256;

    private static final int FORWARDED_TRIES = 3;
    static final String LOCAL = "{\"spec\":{\"externalTrafficPolicy\":\"Local\"}}";

    private final Play play;
    private final TutorialCluster cluster;

    Tutorial(Play play) {
        this.play = play;
        this.cluster = play.cluster();
    }

    static IpAddress clusterIp(TutorialCluster cluster, String service, IpFamily family) {
        return IpAddress.parse(cluster.state()
                .get(service)
                .at("/spec/clusterIPs/" + (family == IpFamily.IPV4 ? 0 : 1))
                .asText());
    }

    static String expose(String service, String type) {
        return "kubectl expose deployment source-ip-app --name=" + service + " --port=80 --target-port=8080"
                + (type.isEmpty() ? "" : " --type=" + type);
    }

    void proxyMode() throws IOException {
        play.section("Before you begin: the proxy mode");
        for (LabHost node : cluster.nodes()) {
            play.look(
                    "proxyMode on " + node,
                    "both",
                    node + "# curl http://localhost:10249/proxyMode",
                    "the mode in use",
                    () -> {
                        final String said = Curl.get(node, "http://localhost:10249/proxyMode")
                                .text();
                        return new Play.Finding(said, said.equals(play.mode()));
                    });
        }
    }

    void clusterIp() throws IOException, ConfigException {
        play.section("Source IP for Services with Type=ClusterIP");
        play.edit(expose("clusterip", ""), state -> state.expose("clusterip"));
        for (IpFamily family : play.families()) {
            final IpAddress vip = clusterIp(cluster, "clusterip", family);
            play.request(
                    "busybox on another node than the server → ClusterIP",
                    Route.to(BUSYBOX, BUSYBOX_NODE),
                    vip,
                    80,
                    Expected.client(cluster.address(BUSYBOX, family)));
            play.request(
                    "busybox on the server's node → ClusterIP",
                    Route.to(BUSYBOX_BESIDE, APP_NODE),
                    vip,
                    80,
                    Expected.client(cluster.address(BUSYBOX_BESIDE, family)));
        }
    }

    void nodePort() throws IOException, ConfigException {
        play.section("Source IP for Services with Type=NodePort");
        play.edit(expose("nodeport", "NodePort"), state -> state.expose("nodeport"));
        for (IpFamily family : play.families()) {
            for (LabHost node : cluster.nodes()) {
                play.request(
                        "client → " + node + ":nodePort, policy Cluster",
                        Route.to(CLIENT, node.name()),
                        cluster.address(node.name(), family),
                        NODE_PORT,
                        Expected.client(cluster.masqueradeAddress(node.name(), family)));
            }
        }
        play.edit("kubectl patch svc nodeport -p '" + LOCAL + "'", state -> state.patch("nodeport", LOCAL));
        for (IpFamily family : play.families()) {
            for (LabHost node : cluster.nodes()) {
                play.request(
                        "client → " + node + ":nodePort, policy Local",
                        Route.to(CLIENT, node.name()),
                        cluster.address(node.name(), family),
                        NODE_PORT,
                        node.name().equals(APP.node())
                                ? Expected.client(cluster.address(CLIENT, family))
                                : Expected.nothing());
            }
        }
    }

    void loadBalancer() throws IOException, ConfigException {
        play.section("Source IP for Services with Type=LoadBalancer");
        play.edit(expose("loadbalancer", "LoadBalancer"), state -> state.expose("loadbalancer"));
        try (Forwarder balancer = Forwarder.open(cluster, PROXY_HEALTH_PORT)) {
            balancer.awaitInUse(balancer.allNodes());
            for (IpFamily family : play.families()) {
                for (int i = 1; i <= FORWARDED_TRIES; i++) {
                    play.request(
                            "client → load balancer, policy Cluster, connection " + i,
                            Route.forwarded(CLIENT, BALANCER, balancer.allNodes()),
                            Forwarder.vip(cluster, family),
                            80,
                            "the address of the node that forwarded",
                            journey -> Expected.client(masqueradedBy(journey, family)));
                }
            }
        }
        play.edit("kubectl patch svc loadbalancer -p '" + LOCAL + "'", state -> state.patch("loadbalancer", LOCAL));
        final String healthPort = cluster.state()
                .get("loadbalancer")
                .at("/spec/healthCheckNodePort")
                .asText();
        for (LabHost node : cluster.nodes()) {
            for (IpFamily family : play.families()) {
                final boolean isIpv4 = family == IpFamily.IPV4;
                final String url = "http://" + (isIpv4 ? "localhost" : "[::1]") + ":" + healthPort + "/healthz";
                play.ask(
                        "healthCheckNodePort on " + node,
                        isIpv4 ? "IPv4" : "IPv6",
                        node + "# curl " + url,
                        node.name().equals(APP_NODE) ? "1 Service Endpoints found" : "No Service Endpoints Found",
                        () -> Curl.get(node, url).text());
            }
        }
        try (Forwarder balancer = Forwarder.open(cluster, Integer.parseInt(healthPort))) {
            play.ask(
                    "health checks take effect: the nodes that the load balancer uses",
                    "both",
                    "the balancer asks each node for :" + healthPort + "/healthz",
                    APP_NODE,
                    () -> balancer.awaitInUse(List.of(APP_NODE)));
            for (IpFamily family : play.families()) {
                play.request(
                        "client → load balancer, policy Local",
                        Route.forwarded(CLIENT, BALANCER, List.of(APP_NODE)),
                        Forwarder.vip(cluster, family),
                        80,
                        Expected.client(cluster.address(CLIENT, family)));
            }
        }
    }

    /** Returns the address that the pod sees if the journey's first node masquerades. */
    private IpAddress masqueradedBy(Journey journey, IpFamily family) throws IOException {
        for (Journey.Stop stop : journey.stops()) {
            if (stop.role().equals("node")) {
                return cluster.masqueradeAddress(stop.host(), family);
            }
        }
        return cluster.address(BALANCER, family); // no node was captured, so the step has failed already
    }
}

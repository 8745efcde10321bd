package io.pointsman.lab;

import static io.pointsman.lab.TutorialCluster.APP_NODE;
import static io.pointsman.lab.TutorialCluster.BALANCER;
import static io.pointsman.lab.TutorialCluster.CLIENT;

import io.pointsman.lab.Play.Expected;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The document's last sections: a comparison of the two kinds of load balancer, and the clean-up. */
final class CrossPlatform {
    static final int NODE_PORT = 30081;
    static final int PROXY_PROTOCOL_NODE_PORT = 30082;

    private final Play play;
    private final TutorialCluster cluster;

    CrossPlatform(Play play) {
        this.play = play;
        this.cluster = play.cluster();
    }

    /** Compares the balancers. Policy is Local, so that only the balancer can hide the client. */
    void balancers(Path folder) throws IOException, ConfigException {
        play.section("Cross-platform support: a packet forwarder and a terminating proxy");
        play.edit(
                Tutorial.expose("proxy-protocol", "NodePort").replace("8080", "8081"),
                state -> state.expose("proxy-protocol"));
        try (Forwarder forwarder = Forwarder.open(cluster, ClusterState.HEALTH_CHECK_NODE_PORT)) {
            forwarder.awaitInUse(List.of(APP_NODE));
            for (IpFamily family : play.families()) {
                play.request(
                        "client → packet forwarder",
                        Route.forwarded(CLIENT, BALANCER, List.of(APP_NODE)),
                        Forwarder.vip(cluster, family),
                        80,
                        Expected.client(cluster.address(CLIENT, family)));
            }
        }
        if (!Proxy.missing().isEmpty()) {
            skipProxy();
            return;
        }
        try (Proxy proxy = Proxy.start(cluster, folder)) {
            proxy.awaitInUse(1);
            for (IpFamily family : play.families()) {
                throughProxy(family);
            }
        }
    }

    private void throughProxy(IpFamily family) throws IOException, ConfigException {
        final IpAddress balancer = cluster.address(BALANCER, family);
        final IpAddress client = cluster.address(CLIENT, family);
        final Route toLocal = Route.proxied(CLIENT, BALANCER, List.of(APP_NODE));
        final Route toAny = Route.proxied(
                CLIENT, BALANCER, cluster.nodes().stream().map(LabHost::name).toList());
        play.request(
                "client → proxy that tells nothing of it", toLocal, balancer, Proxy.PLAIN, Expected.client(balancer));
        play.request(
                "client → proxy with X-Forwarded-For",
                toLocal,
                balancer,
                Proxy.HEADERS,
                new Expected("x-forwarded-for", client.toString()));
        play.request(
                "client → proxy with Forwarded",
                toLocal,
                balancer,
                Proxy.HEADERS,
                new Expected("forwarded", family == IpFamily.IPV4 ? "for=" + client : "for=\"[" + client + "]\""));
        play.request(
                "client → proxy with PROXY protocol v2",
                toAny,
                balancer,
                Proxy.PROXY_PROTOCOL,
                Expected.client(client));
    }

    private void skipProxy() throws IOException {
        for (IpFamily family : play.families()) {
            final String name = family == IpFamily.IPV4 ? "IPv4" : "IPv6";
            final String client = cluster.address(CLIENT, family).toString();
            play.skip("client → proxy that tells nothing of it", name, "", "", Proxy.missing());
            play.skip("client → proxy with X-Forwarded-For", name, "", client, Proxy.missing());
            play.skip("client → proxy with Forwarded", name, "", client, Proxy.missing());
            play.skip("client → proxy with PROXY protocol v2", name, "", client, Proxy.missing());
        }
    }

    void cleanUp() throws IOException, ConfigException {
        play.section("Cleaning up");
        play.edit("kubectl delete svc -l app=source-ip-app", ClusterState::deleteServices);
        for (IpFamily family : play.families()) {
            final IpAddress node = cluster.address(APP_NODE, family);
            final String url = Curl.url(node, Tutorial.NODE_PORT, "");
            play.ask(
                    "client → deleted NodePort",
                    family == IpFamily.IPV4 ? "IPv4" : "IPv6",
                    CLIENT + "# curl " + url,
                    Outcomes.REFUSED,
                    () -> Curl.get(cluster.host(CLIENT), url).text());
        }
    }

    /** Ends the agents and removes what they left. */
    void uninstall(AgentProgram program, Map<String, NodeState> before) throws IOException {
        play.section("Taking it off the nodes");
        cluster.stopAgents();
        for (LabHost node : cluster.nodes()) {
            play.ask("rules and routes left on " + node, "both", node + "# pointsman cleanup", "none", () -> {
                cluster.cleanUp(program, node);
                final List<String> left = NodeState.of(node)
                        .differencesFrom(Objects.requireNonNull(before.get(node.name()), node.name()));
                return left.isEmpty() ? "none" : String.join("; ", left);
            });
        }
    }
}

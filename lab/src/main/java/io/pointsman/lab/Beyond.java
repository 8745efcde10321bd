package io.pointsman.lab;

import static io.pointsman.lab.TutorialCluster.APP;
import static io.pointsman.lab.TutorialCluster.APP_2;
import static io.pointsman.lab.TutorialCluster.APP_NODE;
import static io.pointsman.lab.TutorialCluster.BUSYBOX;
import static io.pointsman.lab.TutorialCluster.BUSYBOX_BESIDE;
import static io.pointsman.lab.TutorialCluster.BUSYBOX_NODE;

import io.pointsman.lab.Play.Expected;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Steps that go beyond the tutorial, in the same cluster: other settings of a Service. */
final class Beyond {
    private static final int AFFINITY_TRIES = 24;

    private final Play play;
    private final TutorialCluster cluster;

    Beyond(Play play) {
        this.play = play;
        this.cluster = play.cluster();
    }

    static String spec(String field, String value) {
        return "{\"spec\":{\"" + field + "\":\"" + value + "\"}}";
    }

    private void patch(String service, String patch) throws IOException {
        play.edit("kubectl patch svc " + service + " -p '" + patch + "'", state -> state.patch(service, patch));
    }

    void dualStack() throws IOException {
        play.section("Beyond: dual stack");
        play.edit(Tutorial.expose("clusterip", ""), state -> state.expose("clusterip"));
        final List<IpAddress> vips = new ArrayList<>();
        final List<String> expected = new ArrayList<>();
        for (IpFamily family : IpFamily.values()) {
            vips.add(Tutorial.clusterIp(cluster, "clusterip", family));
            expected.add(cluster.address(BUSYBOX, family).toString());
        }
        play.ask(
                "busybox → one Service by both its addresses",
                "both",
                BUSYBOX + "# curl " + Curl.url(vips.getFirst(), 80, "") + "; curl " + Curl.url(vips.getLast(), 80, ""),
                String.join(" and ", expected),
                () -> {
                    final List<String> seen = new ArrayList<>();
                    for (IpAddress vip : vips) {
                        seen.add(Curl.get(cluster.host(BUSYBOX), Curl.url(vip, 80, ""))
                                .value("client_address"));
                    }
                    return String.join(" and ", seen);
                });
    }

    void internalTrafficPolicy() throws IOException, ConfigException {
        play.section("Beyond: internalTrafficPolicy");
        patch("clusterip", spec("internalTrafficPolicy", "Local"));
        for (IpFamily family : play.families()) {
            final IpAddress vip = Tutorial.clusterIp(cluster, "clusterip", family);
            play.request(
                    "busybox on the server's node → ClusterIP, internal policy Local",
                    Route.to(BUSYBOX_BESIDE, APP_NODE),
                    vip,
                    80,
                    Expected.client(cluster.address(BUSYBOX_BESIDE, family)));
            play.request(
                    "busybox on another node → ClusterIP, internal policy Local",
                    Route.to(BUSYBOX, BUSYBOX_NODE),
                    vip,
                    80,
                    Expected.nothing());
        }
        patch("clusterip", spec("internalTrafficPolicy", "Cluster"));
    }

    void hairpin() throws IOException, ConfigException {
        play.section("Beyond: hairpin");
        for (IpFamily family : play.families()) {
            play.request(
                    "the server's pod → its own Service",
                    Route.to(APP.name(), APP_NODE),
                    Tutorial.clusterIp(cluster, "clusterip", family),
                    80,
                    Expected.client(cluster.bridgeAddress(APP_NODE, family)));
        }
    }

    void sessionAffinity() throws IOException {
        play.section("Beyond: session affinity");
        cluster.serve(APP_2);
        play.edit("kubectl scale deployment source-ip-app --replicas=2", state -> state.pods(List.of(APP, APP_2)));
        servers("None", 2);
        patch("clusterip", spec("sessionAffinity", "ClientIP"));
        servers("ClientIP", 1);
        patch("clusterip", spec("sessionAffinity", "None"));
        play.edit("kubectl scale deployment source-ip-app --replicas=1", state -> state.pods(List.of(APP)));
        cluster.end(APP_2);
    }

    private void servers(String affinity, int expected) throws IOException {
        for (IpFamily family : play.families()) {
            // HTTP/1.0: a separate connection for each request
            final String command = "yes url=" + Curl.url(Tutorial.clusterIp(cluster, "clusterip", family), 80, "")
                    + " | head -" + AFFINITY_TRIES + " | curl -s -0 -g -K -";
            play.look(
                    "servers that answer one client, sessionAffinity " + affinity,
                    family == IpFamily.IPV4 ? "IPv4" : "IPv6",
                    BUSYBOX + "# " + command,
                    expected + " of 2",
                    () -> {
                        final List<String> servers = cluster.host(BUSYBOX)
                                .run("sh", "-c", command)
                                .outputOrFail()
                                .lines()
                                .filter(line -> line.startsWith("server_version="))
                                .toList();
                        final long different = servers.stream().distinct().count();
                        return new Play.Finding(
                                different + " of 2" + (servers.size() == AFFINITY_TRIES ? "" : ", not all answered"),
                                different == expected && servers.size() == AFFINITY_TRIES);
                    });
        }
    }
}

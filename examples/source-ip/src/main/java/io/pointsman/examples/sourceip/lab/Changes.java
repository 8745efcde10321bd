package io.pointsman.examples.sourceip.lab;

import static io.pointsman.examples.sourceip.lab.TutorialCluster.APP;
import static io.pointsman.examples.sourceip.lab.TutorialCluster.APP_2;
import static io.pointsman.examples.sourceip.lab.TutorialCluster.APP_3;
import static io.pointsman.examples.sourceip.lab.TutorialCluster.APP_NODE;
import static io.pointsman.examples.sourceip.lab.TutorialCluster.BALANCER;
import static io.pointsman.examples.sourceip.lab.TutorialCluster.BUSYBOX;
import static io.pointsman.examples.sourceip.lab.TutorialCluster.BUSYBOX_NODE;
import static io.pointsman.examples.sourceip.lab.TutorialCluster.CLIENT;
import static io.pointsman.examples.sourceip.lab.TutorialCluster.EMPTY_NODE;

import io.pointsman.examples.sourceip.lab.Play.Expected;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Pods that come and go while clients keep asking: nobody may notice. */
final class Changes {
    private static final long AT_LEAST = 50; // requests, or nothing was shown
    private static final long GRACE_MILLIS = 300; // from the plan in force to the end of the pod, as preStop hooks give
    private static final long SETTLED_MILLIS = 400;
    private static final String NONE = "no request fails";

    private final Play play;
    private final TutorialCluster cluster;

    Changes(Play play) {
        this.play = play;
        this.cluster = play.cluster();
    }

    private List<IpAddress> each(Address address) throws IOException {
        final List<IpAddress> addresses = new ArrayList<>();
        for (IpFamily family : play.families()) {
            addresses.add(address.of(family));
        }
        return addresses;
    }

    /** An address in each family. */
    private interface Address {
        IpAddress of(IpFamily family) throws IOException;
    }

    void rollingUpdate() throws IOException {
        play.section("Beyond: a rolling update under load");
        play.edit(Tutorial.expose("nodeport", "NodePort"), state -> state.expose("nodeport"));
        final Load inside =
                Load.start(cluster.host(BUSYBOX), each(family -> Tutorial.clusterIp(cluster, "clusterip", family)), 80);
        final Load outside = Load.start(
                cluster.host(CLIENT), each(family -> cluster.address(EMPTY_NODE, family)), Tutorial.NODE_PORT);
        try (inside;
                outside) {
            replace(APP, APP_2);
            replace(APP_2, APP_3);
            replace(APP_3, APP);
        }
        final String command = "kubectl rollout restart deployment source-ip-app, three times";
        play.look("busybox → ClusterIP, pods replaced one by one", "both", command, NONE, () -> inside.end(AT_LEAST));
        play.look("client → NodePort, pods replaced one by one", "both", command, NONE, () -> outside.end(AT_LEAST));
    }

    /** As a Deployment does: the new pod is ready before the old one is told to end. */
    private void replace(Pod before, Pod after) throws IOException {
        cluster.serve(after);
        play.edit("pod " + after.name() + " is ready", state -> state.pods(List.of(before, after)));
        leave(before, after);
    }

    private void leave(Pod before, Pod after) throws IOException {
        play.edit("pod " + before.name() + " is terminating", state -> state.pods(List.of(before.leaving(), after)));
        TutorialCluster.pause(GRACE_MILLIS);
        play.edit("pod " + before.name() + " is gone", state -> {
            state.pods(List.of(after));
        });
        TutorialCluster.pause(GRACE_MILLIS);
        cluster.end(before);
    }

    void drain(Path folder) throws IOException, ConfigException {
        play.section("Beyond: a node is drained under load, policy Local");
        play.edit(Tutorial.expose("loadbalancer", "LoadBalancer"), state -> {
            state.expose("loadbalancer");
            state.patch("loadbalancer", Tutorial.LOCAL);
        });
        final String through = "client → proxy → the nodes with endpoints, while one is drained";
        final String command = "kubectl drain " + APP_NODE;
        if (!Proxy.missing().isEmpty()) {
            play.skip(through, "both", command, NONE, Proxy.missing());
        } else {
            play.edit(
                    Tutorial.expose("proxy-protocol", "NodePort").replace("8080", "8081"),
                    state -> state.expose("proxy-protocol"));
            try (Proxy proxy = Proxy.start(cluster, folder)) {
                proxy.awaitInUse(1);
                final Load load = Load.start(
                        cluster.host(CLIENT), each(family -> cluster.address(BALANCER, family)), Proxy.PLAIN);
                try (load) {
                    drainNow(proxy);
                    TutorialCluster.pause(SETTLED_MILLIS);
                }
                play.look(through, "both", command, NONE, () -> load.end(AT_LEAST));
            }
        }
        afterwards();
    }

    /** The balancer follows the health checks: it has let go of the node before the pod ends there. */
    private void drainNow(Proxy proxy) throws IOException {
        cluster.serve(APP_2);
        play.edit("pod " + APP_2.name() + " is ready", state -> state.pods(List.of(APP, APP_2)));
        proxy.awaitInUse(2);
        play.edit("pod " + APP.name() + " is terminating", state -> state.pods(List.of(APP.leaving(), APP_2)));
        proxy.awaitInUse(1);
        TutorialCluster.pause(GRACE_MILLIS);
        play.edit("pod " + APP.name() + " is gone", state -> state.pods(List.of(APP_2)));
        cluster.end(APP);
    }

    private void afterwards() throws IOException, ConfigException {
        if (cluster.state().pods().contains(APP)) {
            cluster.serve(APP_2);
            play.edit("the pod moves to " + BUSYBOX_NODE, state -> state.pods(List.of(APP_2)));
            cluster.end(APP);
        }
        try (Forwarder forwarder = Forwarder.open(cluster, ClusterState.HEALTH_CHECK_NODE_PORT)) {
            play.ask(
                    "the node that the packet forwarder uses afterwards",
                    "both",
                    "the balancer asks each node for :" + ClusterState.HEALTH_CHECK_NODE_PORT + "/healthz",
                    BUSYBOX_NODE,
                    () -> forwarder.awaitInUse(List.of(BUSYBOX_NODE)));
            for (IpFamily family : play.families()) {
                play.request(
                        "client → packet forwarder → the pod's new node",
                        Route.forwarded(CLIENT, BALANCER, List.of(BUSYBOX_NODE)),
                        Forwarder.vip(cluster, family),
                        80,
                        Expected.client(cluster.address(CLIENT, family)));
            }
        }
    }
}

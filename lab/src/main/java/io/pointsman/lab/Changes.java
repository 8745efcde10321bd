package io.pointsman.lab;

import static io.pointsman.lab.TutorialCluster.APP;
import static io.pointsman.lab.TutorialCluster.APP_2;
import static io.pointsman.lab.TutorialCluster.APP_3;
import static io.pointsman.lab.TutorialCluster.APP_NODE;
import static io.pointsman.lab.TutorialCluster.BALANCER;
import static io.pointsman.lab.TutorialCluster.BUSYBOX;
import static io.pointsman.lab.TutorialCluster.BUSYBOX_NODE;
import static io.pointsman.lab.TutorialCluster.CLIENT;
import static io.pointsman.lab.TutorialCluster.EMPTY_NODE;

import io.pointsman.lab.Play.Expected;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Replaces pods while clients keep asking: no request may fail. */
final class Changes {
    /** Number of requests of each client between two changes, so that the test shows something. */
    private static final int ROUNDS = 8;

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

    /** Supplies an address for each family. */
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
            final List<Load> loads = List.of(inside, outside);
            replace(APP, APP_2, loads);
            replace(APP_2, APP_3, loads);
            replace(APP_3, APP, loads);
        }
        final String command = "kubectl rollout restart deployment source-ip-app, three times";
        play.look("busybox → ClusterIP, pods replaced one by one", "both", command, NONE, inside::end);
        play.look("client → NodePort, pods replaced one by one", "both", command, NONE, outside::end);
    }

    /**
     * Replaces a pod as a Deployment does: the new pod is ready before the old one terminates. Instead of waiting in a
     * preStop hook for earlier requests, the pod ends when none is left.
     */
    private void replace(Pod before, Pod after, List<Load> loads) throws IOException {
        cluster.serve(after);
        change("pod " + after.name() + " is ready", List.of(before, after), loads);
        change("pod " + before.name() + " is terminating", List.of(before.leaving(), after), loads);
        change("pod " + before.name() + " is gone", List.of(after), loads);
        cluster.end(before);
    }

    private void change(String what, List<Pod> pods, List<Load> loads) throws IOException {
        play.edit(what, state -> state.pods(pods));
        for (Load load : loads) {
            load.awaitRounds(ROUNDS);
        }
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
                    drainNow(proxy, load);
                }
                play.look(through, "both", command, NONE, load::end);
            }
        }
        afterwards();
    }

    /** Drains the node. The balancer follows the health checks: it stops using the node before the pod there ends. */
    private void drainNow(Proxy proxy, Load load) throws IOException {
        cluster.serve(APP_2);
        change("pod " + APP_2.name() + " is ready", List.of(APP, APP_2), List.of(load));
        proxy.awaitInUse(2);
        change("pod " + APP.name() + " is terminating", List.of(APP.leaving(), APP_2), List.of(load));
        proxy.awaitInUse(1);
        load.awaitRounds(ROUNDS);
        change("pod " + APP.name() + " is gone", List.of(APP_2), List.of(load));
        cluster.end(APP);
        load.awaitRounds(ROUNDS);
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

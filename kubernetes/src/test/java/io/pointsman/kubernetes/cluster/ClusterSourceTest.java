package io.pointsman.kubernetes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pointsman.model.Cidr;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Node;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Service;
import io.pointsman.model.ServiceCidr;
import io.pointsman.model.Severity;
import io.pointsman.model.TrafficPolicy;
import io.pointsman.testserver.ApiTestServer;
import io.pointsman.testserver.FakeCluster;
import io.pointsman.testserver.Recorded;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterSourceTest {
    @TempDir
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private ClusterFixture fixture;

    @BeforeEach
    void serve() {
        fixture = new ClusterFixture(folder);
    }

    @AfterEach
    void end() {
        fixture.close();
    }

    private static ObjectName inDefault(String name) {
        return new ObjectName("default", name);
    }

    private Optional<ClusterObject> object(ClusterObject.Kind kind, ObjectName name) {
        return fixture.listener.objects().values().stream()
                .filter(object -> object.kind() == kind && object.objectName().equals(name))
                .findFirst();
    }

    @Test
    void shouldDeliverTheRecordedClusterInOneBatchBeforeItIsSynced() throws Exception {
        fixture.start();
        fixture.listener.awaitSync();

        assertThat(fixture.listener.objects()).isEqualTo(fixture.expected());
        assertThat(fixture.listener.batchesBeforeSync()).isEqualTo(1);
        assertThat(fixture.listener.names(ClusterObject.Kind.SERVICE))
                .contains("default/clusterip", "default/nodeport", "default/loadbalancer", "kube-system/kube-dns")
                .doesNotContain("default/headless", "default/other-proxy");
        assertThat(fixture.listener.names(ClusterObject.Kind.NODE)).hasSize(3);
        assertThat(fixture.listener.problems()).isEmpty();
    }

    @Test
    void shouldAskAsKubeProxyAsks() throws Exception {
        fixture.start();
        fixture.listener.awaitSync();

        assertThat(fixture.server.requests()).hasSize(4).allSatisfy(request -> assertThat(request)
                .contains("watch=true", "sendInitialEvents=true", "resourceVersionMatch=NotOlderThan")
                .contains("allowWatchBookmarks=true")
                .doesNotContain("resourceVersion="));
        assertThat(fixture.server.requests())
                .anySatisfy(request -> assertThat(request)
                        .startsWith("/api/v1/services?fieldSelector=spec.clusterIP!=None"
                                + "&labelSelector=!service.kubernetes.io/service-proxy-name&"))
                .anySatisfy(request -> assertThat(request)
                        .startsWith("/apis/discovery.k8s.io/v1/endpointslices"
                                + "?labelSelector=!service.kubernetes.io/headless&"));
    }

    @Test
    void shouldTellNothingBeforeTheLastKindIsComplete() throws Exception {
        final CountDownLatch mayGoOn = new CountDownLatch(1);
        fixture.server.faults(exchange -> {
            if (exchange.path().equals(FakeCluster.NODES)) {
                try {
                    mayGoOn.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            return false;
        });
        fixture.start();
        fixture.server.cluster().put(ClusterFixture.service("late", "10.0.9.9"));
        fixture.listener.await("four requests", _ -> fixture.server.requests().size() == 4);

        assertThat(fixture.listener.batches()).isEmpty();
        mayGoOn.countDown();
        fixture.listener.awaitSync();

        assertThat(fixture.listener.batchesBeforeSync()).isEqualTo(1);
        fixture.awaitEqual();
    }

    @Test
    void shouldFollowAPatchOfThePolicy() throws Exception {
        fixture.start();
        fixture.listener.awaitSync();

        fixture.server.cluster().edit("Service", "default/nodeport", service -> {
            ((ObjectNode) service.get("spec")).put("externalTrafficPolicy", "Local");
            return service;
        });

        fixture.listener.await("policy Local", _ -> object(ClusterObject.Kind.SERVICE, inDefault("nodeport"))
                .filter(object -> object instanceof Service service && service.externalPolicy() == TrafficPolicy.LOCAL)
                .isPresent());
        assertThat(fixture.listener.batches().getLast()).hasSize(1);
    }

    @Test
    void shouldDeleteWhatLeavesTheSelectionAndTakeItBack() throws Exception {
        fixture.start();
        fixture.listener.awaitSync();

        fixture.server.cluster().edit("Service", "default/clusterip", service -> {
            ((ObjectNode) service.get("metadata"))
                    .putObject("labels")
                    .put("service.kubernetes.io/service-proxy-name", "x");
            return service;
        });
        fixture.listener.await(
                "gone", now -> !now.names(ClusterObject.Kind.SERVICE).contains("default/clusterip"));
        fixture.server.cluster().edit("Service", "default/clusterip", service -> {
            ((ObjectNode) service.get("metadata")).remove("labels");
            return service;
        });

        fixture.listener.await(
                "back", now -> now.names(ClusterObject.Kind.SERVICE).contains("default/clusterip"));
        fixture.awaitEqual();
    }

    @Test
    void shouldFollowTheNodesOwnChanges() throws Exception {
        fixture.start();
        fixture.listener.awaitSync();

        fixture.server.cluster().edit("Node", ClusterFixture.NODE, node -> {
            ((ObjectNode) node.get("spec"))
                    .putArray("taints")
                    .addObject()
                    .put("key", Node.TO_BE_DELETED_TAINT)
                    .put("effect", "NoSchedule");
            ((ObjectNode) node.get("metadata").get("labels")).put("topology.kubernetes.io/zone", "zone-z");
            return node;
        });

        fixture.listener.await(
                "the taint and the zone", _ -> object(ClusterObject.Kind.NODE, new ObjectName("", ClusterFixture.NODE))
                        .filter(object -> object instanceof Node node
                                && !node.isEligible()
                                && node.zone().equals(Optional.of("zone-z")))
                        .isPresent());
        fixture.server.cluster().delete("Node", ClusterFixture.NODE);
        fixture.listener.await(
                "deleted", now -> !now.names(ClusterObject.Kind.NODE).contains(ClusterFixture.NODE));
    }

    @Test
    void shouldFollowTheNodesAddressesAndPodRanges() throws Exception {
        fixture.start();
        fixture.listener.awaitSync();

        fixture.server.cluster().edit("Node", ClusterFixture.NODE, node -> {
            ((ObjectNode) node.get("spec")).put("podCIDR", "10.77.0.0/24");
            ((ObjectNode) node.get("spec"))
                    .putArray("podCIDRs")
                    .add("10.77.0.0/24")
                    .add("fd00:77::/64");
            ((ObjectNode) node.get("status"))
                    .putArray("addresses")
                    .addObject()
                    .put("type", "InternalIP")
                    .put("address", "10.240.0.77");
            return node;
        });

        fixture.listener.await("the address and the ranges", _ -> object(
                        ClusterObject.Kind.NODE, new ObjectName("", ClusterFixture.NODE))
                .filter(object -> object instanceof Node node
                        && node.addresses().equals(List.of(IpAddress.parse("10.240.0.77")))
                        && node.podCidrs().equals(List.of(Cidr.parse("10.77.0.0/24"), Cidr.parse("fd00:77::/64"))))
                .isPresent());
        fixture.awaitEqual();
    }

    @Test
    void shouldKeepTheLastGoodVersionOfAnObjectThatMakesNoSense() throws Exception {
        fixture.start();
        fixture.listener.awaitSync();
        final var before = object(ClusterObject.Kind.SERVICE, inDefault("clusterip"));

        fixture.server.cluster().edit("Service", "default/clusterip", service -> {
            ((ObjectNode) service.get("spec").get("ports").get(0)).put("port", 80.5);
            return service;
        });
        fixture.listener.await("a problem", now -> !now.problems().isEmpty());

        assertThat(fixture.listener.problems().toString())
                .contains("Service default/clusterip", "spec.ports[0].port", "80.5", "its last good version stays");
        assertThat(object(ClusterObject.Kind.SERVICE, inDefault("clusterip"))).isEqualTo(before);
        fixture.server.cutConnections();
        fixture.server.cluster().forget(); // a list must keep the object too
        fixture.server.cluster().delete("Service", "default/clusterip");
        fixture.listener.await("no problem", now -> now.problems().isEmpty());
        fixture.awaitEqual();
    }

    @Test
    void shouldReadOnlyItsOwnNodeWhereOthersAreForbidden() throws Exception {
        fixture.server.faults(exchange -> {
            final boolean isWide = exchange.path().equals(FakeCluster.NODES)
                    && !exchange.query().containsKey("fieldSelector");
            if (isWide) {
                exchange.answer(403, "application/json", Recorded.bytes("error-403-nodes.json"));
            }
            return isWide;
        });
        fixture.start();
        fixture.listener.awaitSync();

        assertThat(fixture.listener.names(ClusterObject.Kind.NODE)).containsExactly(ClusterFixture.NODE);
        assertThat(fixture.listener.everReported()).isEmpty();
    }

    @Test
    void shouldFollowTheServiceCidrs() throws Exception {
        fixture.start();
        fixture.listener.awaitSync();
        final ObjectName first = new ObjectName("", "kubernetes");
        assertThat(object(ClusterObject.Kind.SERVICE_CIDR, first))
                .contains(new ServiceCidr("kubernetes", ranges("10.0.0.0/16", "fd00:10::/112")));

        fixture.server.cluster().put("""
                {"kind":"ServiceCIDR","apiVersion":"networking.k8s.io/v1","metadata":{"name":"more"},
                 "spec":{"cidrs":["10.9.0.0/24"]}}
                """);
        fixture.listener.await("another range", _ -> object(ClusterObject.Kind.SERVICE_CIDR, new ObjectName("", "more"))
                .equals(Optional.of(new ServiceCidr("more", ranges("10.9.0.0/24")))));
        fixture.server.cluster().delete("ServiceCIDR", "kubernetes");
        fixture.listener.await(
                "gone", _ -> object(ClusterObject.Kind.SERVICE_CIDR, first).isEmpty());
        fixture.awaitEqual();
    }

    private static List<Cidr> ranges(String... texts) {
        return Stream.of(texts).map(Cidr::parse).toList();
    }

    @ParameterizedTest
    @CsvSource({"404, error-404-group.txt", "404, error-404-version.json", "403, error-403-servicecidrs.json"})
    void shouldDoWithoutServiceCidrsUntilTheyAreServed(int status, String answer) throws Exception {
        final ApiTestServer.Fault fault = exchange -> {
            final boolean isAboutThem = exchange.path().equals(FakeCluster.SERVICE_CIDRS);
            if (isAboutThem) {
                exchange.answer(status, "application/json", Recorded.bytes(answer));
            }
            return isAboutThem;
        };
        fixture.server.faults(fault);
        fixture.start();
        fixture.listener.awaitSync();
        assertThat(fixture.listener.names(ClusterObject.Kind.SERVICE_CIDR)).isEmpty();
        assertThat(fixture.listener.names(ClusterObject.Kind.SERVICE)).isNotEmpty();
        if (status == 403) {
            fixture.listener.await("a warning", now -> now.problems().stream()
                    .anyMatch(problem -> problem.severity() == Severity.WARNING
                            && problem.reason().contains("list and watch on servicecidrs.networking.k8s.io")));
        }

        fixture.server.faults();
        fixture.awaitEqual();
        fixture.listener.await("no problem", now -> now.problems().isEmpty());
        fixture.server.faults(fault);
        fixture.server.cutConnections();
        fixture.server.cluster().put(ClusterFixture.service("later", "10.0.9.8"));
        fixture.awaitEqual();
        assertThat(fixture.listener.everDeleted()).isEmpty();
    }

    @Test
    void shouldDeliverARelistInOneBatchWithDeletionsFirst() throws Exception {
        fixture.start();
        fixture.listener.awaitSync();
        final int batches = fixture.listener.batches().size();

        fixture.server.stop();
        fixture.listener.await("a problem", now -> !now.problems().isEmpty());
        for (int i = 0; i < 10; i++) {
            fixture.server.cluster().put(ClusterFixture.service("new-" + i, "10.0.7." + (i + 1)));
        }
        fixture.server.cluster().delete("Service", "default/clusterip");
        assertThat(fixture.listener.everDeleted()).isEmpty();
        fixture.server.start();
        fixture.awaitEqual();

        final List<ObjectChange> relist = fixture.listener.batches().get(batches);
        assertThat(fixture.listener.batches()).hasSize(batches + 1);
        assertThat(relist).hasSize(11);
        assertThat(relist.getFirst()).isInstanceOf(ObjectChange.Delete.class);
        fixture.listener.await("no problem", now -> now.problems().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"changed", "synced", "problems"})
    void shouldTellAgainWhatAListenerThrewAt(String call) throws Exception {
        final FakeCluster cluster = fixture.server.cluster();
        fixture.listener.throwAtTheNext(call, 3);
        fixture.start();
        fixture.listener.awaitSync();
        fixture.awaitEqual();

        fixture.listener.throwAtTheNext(call, 3);
        fixture.server.cutConnections();
        cluster.put(ClusterFixture.service("thrown-at", "10.0.9.1"));
        cluster.delete("Service", "default/clusterip");
        cluster.put(ClusterFixture.service("thrown-at", "10.0.9.2"));
        fixture.awaitEqual();
        fixture.listener.await("no problem", now -> now.problems().isEmpty());
        assertThat(fixture.listener.everDeleted()).containsExactly("Service default/clusterip");
        assertThat(fixture.listener.syncs()).isEqualTo(1);
        assertThat(fixture.listener.hasThrown()).isEqualTo(!call.equals("synced")); // synced is called only once
    }

    @Test
    void shouldSayWhatIsWrongWithAKubeconfig() throws Exception {
        final Path file = folder.resolve("broken");
        Files.writeString(file, "apiVersion: v1\nkind: Config\n");

        assertThatThrownBy(() -> start(file))
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll("broken", "current-context");
        assertThatThrownBy(() -> start(folder.resolve("missing")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll("missing", "no such file");
        Files.writeString(file, "[");
        assertThatThrownBy(() -> start(file))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("broken");
    }

    private static void start(Path kubeconfig) throws ConfigException {
        try (ClusterSource source =
                new ClusterSource(new ClusterSettings(Optional.of(kubeconfig), "node", Optional.empty()))) {
            source.start(new CatalogListener());
        }
    }
}

package io.pointsman.agent.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.pointsman.kubernetes.cluster.ClusterSettings;
import io.pointsman.kubernetes.cluster.ClusterSource;
import io.pointsman.kubernetes.cluster.NodeEvent;
import io.pointsman.kubernetes.cluster.NodeEvents;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ServiceSource;
import io.pointsman.testserver.ApiTestServer;
import io.pointsman.testserver.FakeCluster;
import io.pointsman.testserver.Recorded;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The role allows exactly the requests that the agent makes. */
class RoleTest {
    /** Time limit that only a failing test reaches. */
    private static final long DEADLINE_SECONDS = 60;

    private static final String NODE = "kubernetes-node-6jst";
    private static final Pattern REQUEST =
            Pattern.compile("/(?:api|apis/([^/]+))/[^/]+/(?:namespaces/[^/]+/)?([^/?]+)(?:\\?.*)?");

    @TempDir
    private Path folder;

    private final Set<String> asked = new TreeSet<>();

    private static final class NoListener implements ServiceSource.Listener {
        @Override
        public void changed(List<ObjectChange> changes) {
            // only requests count here
        }

        @Override
        public void problems(List<ServiceSource.Problem> problems) {
            // expected: requests are refused
        }

        @Override
        public void synced() {
            // only requests count here
        }
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time").isLessThan(deadline);
            Thread.sleep(20);
        }
    }

    /** Returns {@code group resource verb} of a read. */
    private static String right(String request) {
        return right(request, request.contains("watch=true") ? "watch" : "list");
    }

    private static String right(String request, String verb) {
        final Matcher matcher = REQUEST.matcher(request);
        assertThat(matcher.matches()).as("about a collection: " + request).isTrue();
        final String group = matcher.group(1) == null ? "" : matcher.group(1);
        return group + " " + matcher.group(2) + " " + verb;
    }

    /** Runs a source against a server until enough kinds were requested. */
    private void read(ApiTestServer server, BooleanSupplier isEnough) throws Exception {
        final ClusterSettings settings =
                new ClusterSettings(Optional.of(server.kubeconfig(folder)), NODE, Optional.empty());
        try (ClusterSource source = new ClusterSource(settings)) {
            source.start(new NoListener());
            await(isEnough);
        }
        server.requests().forEach(request -> asked.add(right(request)));
    }

    /** Has an Event of the node created. */
    private void tell(ApiTestServer server) throws Exception {
        final List<String> created = new CopyOnWriteArrayList<>();
        server.faults(exchange -> {
            if (exchange.method().equals("POST")) {
                created.add(exchange.path());
            }
            return false;
        });
        final ClusterSettings settings =
                new ClusterSettings(Optional.of(server.kubeconfig(folder)), NODE, Optional.empty());
        try (NodeEvents events = NodeEvents.start(settings, _ -> {})) {
            events.tell(new NodeEvent(NodeEvent.Type.NORMAL, "Starting", "StartKubeProxy", "it starts"));
            await(() -> !created.isEmpty());
        }
        created.forEach(path -> asked.add(right(path, "create")));
    }

    @Test
    void shouldAllowExactlyWhatTheAgentAsksFor() throws Exception {
        try (ApiTestServer server = new ApiTestServer(FakeCluster.recorded())) {
            tell(server);
        }
        try (ApiTestServer server = new ApiTestServer(FakeCluster.recorded())) {
            read(server, () -> server.requests().size() >= 4);
        }
        try (ApiTestServer server = new ApiTestServer(FakeCluster.recorded())) {
            server.offerWatchList(false);
            read(server, () -> server.requests(request -> request.contains("resourceVersion=1")) >= 4);
        }
        try (ApiTestServer server = new ApiTestServer(FakeCluster.recorded())) {
            server.faults(exchange -> {
                final boolean isAll = exchange.path().equals(FakeCluster.NODES)
                        && !exchange.query().containsKey("fieldSelector");
                if (isAll) {
                    exchange.answer(403, "application/json", Recorded.bytes("error-403-nodes.json"));
                }
                return isAll;
            });
            read(server, () -> server.requests(request -> request.contains("metadata.name=" + NODE)) >= 1);
        }

        final Set<String> allowed = new TreeSet<>();
        final ClusterRole role =
                (ClusterRole) Manifests.object(Files.readString(Manifests.FOLDER.resolve("base/cluster-role.yaml")));
        for (PolicyRule rule : role.getRules()) {
            for (String group : rule.getApiGroups()) {
                for (String resource : rule.getResources()) {
                    rule.getVerbs().forEach(verb -> allowed.add(group + " " + resource + " " + verb));
                }
            }
        }
        assertThat(allowed).isEqualTo(asked).doesNotContain("*");
    }
}

package io.pointsman.kubernetes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.model.Cidr;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Node;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Service;
import io.pointsman.model.ServiceCidr;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavedStateTest {
    @TempDir
    private Path folder;

    private List<ClusterObject> recorded() throws Exception {
        try (ClusterFixture fixture = new ClusterFixture(folder)) {
            return List.copyOf(fixture.expected().values());
        }
    }

    @Test
    void shouldReadBackWhatItWrote() throws Exception {
        final List<ClusterObject> objects = new ArrayList<>(recorded());
        objects.add(Service.builder(new ObjectName("a", "awkward"))
                .labels(Map.of("a/b", "\"\\\u2028\u0000"))
                .annotations(Map.of("multi", "line\nline"))
                .healthCheckNodePort(32000)
                .build());
        objects.add(new Node("gone", List.of(), Optional.empty(), List.of(), true, Set.of("a", "b")));
        objects.add(new ServiceCidr("more", List.of(Cidr.parse("10.9.0.0/24"), Cidr.parse("fd00:9::/112"))));
        objects.add(EndpointSlice.builder(new ObjectName("a", "empty"), new ObjectName("a", "b"), IpFamily.IPV6)
                .headless(true)
                .build());
        final SavedState saved = new SavedState(folder, "https://one");

        saved.write(objects);

        assertThat(saved.read().orElseThrow().objects()).containsExactlyElementsOf(objects);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(saved.file())))
                .isEqualTo("rw-------");
        assertThat(new SavedState(folder, "https://another").read()).isEmpty();
    }

    @Test
    void shouldLeaveTheOldStateWhereANewOneCanNotBeWritten() throws Exception {
        final SavedState saved = new SavedState(folder, "https://one");
        final List<ClusterObject> objects = recorded();
        saved.write(objects);
        Files.createDirectories(saved.file().resolveSibling(saved.file().getFileName() + ".draft/in-the-way"));

        assertThatThrownBy(() -> saved.write(List.of())).isInstanceOf(IOException.class);

        assertThat(saved.read().orElseThrow().objects()).hasSameSizeAs(objects);
    }

    @Test
    void shouldServeTheSavedStateUntilTheServerIsBack() throws Exception {
        try (ClusterFixture fixture = new ClusterFixture(folder)) {
            fixture.start();
            fixture.listener.awaitSync();
            final var before = fixture.expected();
            fixture.listener.await("a saved state", _ -> isSaved());
            fixture.server.stop();

            final CatalogListener listener = new CatalogListener();
            try (ClusterSource restarted = fixture.source(ClusterFixture.FAST)) {
                restarted.start(listener);
                listener.awaitSync();

                assertThat(listener.objects()).isEqualTo(before);
                assertThat(listener.problems().toString()).contains("stale", "the API server has not answered");

                fixture.server.cluster().delete("Service", "default/clusterip");
                fixture.server.start();
                listener.await("the server's state", now -> now.objects().equals(fixture.expected()));
                listener.await("no problem", now -> now.problems().isEmpty());

                assertThat(listener.everDeleted()).containsExactly("Service default/clusterip");
                assertThat(listener.batches()).hasSize(2);
                assertThat(listener.syncs()).isEqualTo(1);
            }
        }
    }

    @Test
    void shouldWaitForTheServerWhereTheSavedStateIsNoState() throws Exception {
        try (ClusterFixture fixture = new ClusterFixture(folder)) {
            final String cluster = fixture.server.url() + "\n" + ClusterFixture.NODE;
            final SavedState saved = new SavedState(folder.resolve("saved"), cluster);
            Files.createDirectories(saved.file().getParent());
            Files.writeString(saved.file(), "{\"kind\":\"List\",\"items\":[{\"ki");
            fixture.server.stop();
            fixture.start();
            fixture.listener.await(
                    "the file's problem", now -> now.problems().toString().contains("can't be read"));

            assertThat(fixture.listener.syncs()).isZero();
            fixture.server.start();
            fixture.listener.awaitSync();
            fixture.awaitEqual();
            fixture.listener.await("no problem", now -> now.problems().isEmpty());
        }
    }

    private boolean isSaved() {
        try (Stream<Path> files = Files.list(folder.resolve("saved"))) {
            return files.anyMatch(file -> file.toString().endsWith(".json"));
        } catch (IOException _) {
            return false; // not yet
        }
    }
}

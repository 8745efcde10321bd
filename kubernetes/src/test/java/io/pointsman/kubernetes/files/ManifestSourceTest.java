package io.pointsman.kubernetes.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.model.ClusterObject;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Service;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestSourceTest {
    @TempDir
    Path folder;

    private final RecordingListener listener = new RecordingListener();
    private @Nullable ManifestSource source;

    @AfterEach
    void close() {
        if (source != null) {
            source.close();
        }
    }

    private static String service(String name, int lastPart) {
        return "---\napiVersion: v1\nkind: Service\nmetadata: {name: " + name + "}\nspec: {clusterIP: 10.0.0."
                + lastPart + ", ports: [{port: 80}]}\n";
    }

    private Path write(String file, String text) throws IOException {
        return Files.writeString(folder.resolve(file), text);
    }

    private void start(Path path) throws ConfigException {
        final ManifestSource started = new ManifestSource(path);
        source = started;
        started.start(listener);
    }

    private void awaitServices(String... expected) {
        listener.await(state -> ips(state.objects()).equals(List.of(expected)));
    }

    private static List<String> ips(Iterable<ClusterObject> objects) {
        final List<String> ips = new ArrayList<>();
        for (ClusterObject object : objects) {
            final Service service = (Service) object;
            ips.add(service.name().name() + "="
                    + service.clusterIps().stream()
                            .map(IpAddress::toString)
                            .findFirst()
                            .orElse(""));
        }
        return ips;
    }

    @Test
    void shouldDeliverEverythingThenSyncedBeforeStartReturns() throws Exception {
        start(write("a.yaml", service("a", 1) + service("b", 2)));

        assertThat(listener.events()).containsExactly("put a", "put b", "synced");
    }

    @Test
    void shouldDeliverOnlyWhatDiffersWhenAFileIsWrittenInPlace() throws Exception {
        start(write("a.yaml", service("a", 1) + service("b", 2) + service("c", 3)));

        write("a.yaml", "# moved\n" + service("a", 1) + service("c", 4) + service("d", 5));

        awaitServices("a=10.0.0.1", "c=10.0.0.4", "d=10.0.0.5");
        assertThat(listener.events())
                .containsExactly("put a", "put b", "put c", "synced", "delete b", "put c", "put d");
    }

    @Test
    void shouldFollowAFileThatIsReplacedByRenaming() throws Exception {
        final Path file = write("a.yaml", service("a", 1));
        start(file);

        Files.move(write("a.yaml.new", service("a", 2)), file, StandardCopyOption.ATOMIC_MOVE);

        awaitServices("a=10.0.0.2");
    }

    @Test
    void shouldSeeAnEditThatKeepsLengthAndModificationTime() throws Exception {
        final Path file = write("a.yaml", service("a", 1));
        start(file);
        final var time = Files.getLastModifiedTime(file);

        write("a.yaml", service("a", 2));
        Files.setLastModifiedTime(file, time);

        awaitServices("a=10.0.0.2");
    }

    @Test
    void shouldFollowTheLinksOfAConfigMapVolume() throws Exception {
        Files.createDirectory(folder.resolve("..v1"));
        Files.createDirectory(folder.resolve("..v2"));
        write("..v1/a.yaml", service("a", 1));
        write("..v2/a.yaml", service("a", 2));
        Files.createSymbolicLink(folder.resolve("..data"), Path.of("..v1"));
        Files.createSymbolicLink(folder.resolve("a.yaml"), Path.of("..data", "a.yaml"));
        start(folder);

        Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of("..v2"));
        Files.move(folder.resolve("..data_tmp"), folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);

        awaitServices("a=10.0.0.2");
    }

    @Test
    void shouldFollowALinkToAFileElsewhere(@TempDir Path elsewhere) throws Exception {
        final Path target = Files.writeString(elsewhere.resolve("target.yaml"), service("a", 1));
        Files.createSymbolicLink(folder.resolve("a.yaml"), target);
        start(folder.resolve("a.yaml"));

        Files.writeString(target, service("a", 2));

        awaitServices("a=10.0.0.2");
    }

    @Test
    void shouldFollowFilesAddedToAndRemovedFromAFolder() throws Exception {
        write("b.yml", service("b", 2));
        write(
                "a.json",
                "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"clusterIP\":\"10.0.0.1\"}}");
        write("notes.txt", "not: [yaml");
        write(".hidden.yaml", service("h", 9));
        Files.createDirectory(folder.resolve("sub.yaml"));
        start(folder);
        awaitServices("a=10.0.0.1", "b=10.0.0.2");

        write("c.yaml", service("c", 3));
        awaitServices("a=10.0.0.1", "b=10.0.0.2", "c=10.0.0.3");

        Files.delete(folder.resolve("b.yml"));
        awaitServices("a=10.0.0.1", "c=10.0.0.3");
        assertThat(listener.problems()).isEmpty();
    }

    @Test
    void shouldKeepTheLastGoodStateOfABrokenFileUntilItIsMended() throws Exception {
        final Path file = write("a.yaml", service("a", 1));
        start(file);

        write("a.yaml", service("a", 2) + "---\nkind: [\n");
        listener.await(state -> !state.problems().isEmpty());
        assertThat(ips(listener.objects())).containsExactly("a=10.0.0.1");
        assertThat(listener.problems().getFirst().where()).isEqualTo(file + ":8");
        assertThat(listener.problems().getFirst().reason())
                .startsWith("not YAML: ")
                .endsWith("; what was read from it before stays in force");

        write("a.yaml", service("a", 3));
        awaitServices("a=10.0.0.3");
        listener.await(state -> state.problems().isEmpty());
    }

    @Test
    void shouldKeepTheLastGoodVersionOfAnInvalidObjectAndTakeTheOthers() throws Exception {
        final Path file = write("a.yaml", service("a", 1) + service("b", 2) + service("c", 3));
        start(file);

        write("a.yaml", service("a", 10) + service("b", 256));

        awaitServices("a=10.0.0.10", "b=10.0.0.2");
        listener.await(state -> !state.problems().isEmpty());
        assertThat(listener.problems().stream().map(Object::toString))
                .containsExactly(file + ":10 Service default/b: spec.clusterIP: \"10.0.0.256\" is not an IP address");
    }

    @Test
    void shouldTakeNothingForDeletedWhileSomeObjectHasNoName() throws Exception {
        start(write("a.yaml", service("a", 1) + service("b", 2)));

        write("a.yaml", service("a", 3) + "---\napiVersion: v1\nkind: Service\n");

        awaitServices("a=10.0.0.3", "b=10.0.0.2");
    }

    @Test
    void shouldKeepEverythingWhenAFileIsEmptied() throws Exception {
        final Path file = write("a.yaml", service("a", 1));
        start(file);

        write("a.yaml", "");
        listener.await(state -> !state.problems().isEmpty());
        assertThat(ips(listener.objects())).containsExactly("a=10.0.0.1");
        assertThat(listener.problems().getFirst().where()).isEqualTo(file.toString());

        write("a.yaml", "# nothing any more\n");
        awaitServices();
        listener.await(state -> state.problems().isEmpty());
    }

    @Test
    void shouldKeepEverythingWhenTheOnlyFileIsDeletedAndTakeItWhenItIsBack() throws Exception {
        final Path file = write("a.yaml", service("a", 1));
        start(file);

        Files.delete(file);
        listener.await(state -> !state.problems().isEmpty());
        assertThat(listener.problems().stream().map(Object::toString))
                .containsExactly(
                        file
                                + ": there is no such file; create it or correct the path; what was read from it before stays in force");
        assertThat(ips(listener.objects())).containsExactly("a=10.0.0.1");

        write("a.yaml", service("a", 2));
        awaitServices("a=10.0.0.2");
        listener.await(state -> state.problems().isEmpty());
    }

    @Test
    void shouldKeepEverythingWhenTheFolderIsGoneAndTakeItWhenItIsBack() throws Exception {
        final Path manifests = Files.createDirectory(folder.resolve("manifests"));
        Files.writeString(manifests.resolve("a.yaml"), service("a", 1));
        start(manifests);

        Files.move(manifests, folder.resolve("away"));
        listener.await(state -> !state.problems().isEmpty());
        assertThat(ips(listener.objects())).containsExactly("a=10.0.0.1");

        Files.createDirectory(manifests);
        Files.writeString(manifests.resolve("a.yaml"), service("a", 2));
        awaitServices("a=10.0.0.2");
        listener.await(state -> state.problems().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"touch", "mkfifo"})
    void shouldKeepEverythingWhenTheFolderIsReplacedAndTakeItWhenItIsBack(String program) throws Exception {
        final Path manifests = Files.createDirectory(folder.resolve("manifests"));
        Files.writeString(manifests.resolve("a.yaml"), service("a", 1));
        start(manifests);

        Files.move(manifests, folder.resolve("away"));
        assertThat(new ProcessBuilder(program, manifests.toString()).start().waitFor())
                .isZero();
        listener.await(state -> state.problems().toString().contains("it was a folder at the start and is none now"));
        assertThat(ips(listener.objects())).containsExactly("a=10.0.0.1");

        Files.delete(manifests);
        Files.createDirectory(manifests);
        Files.writeString(manifests.resolve("a.yaml"), service("a", 2));
        awaitServices("a=10.0.0.2");
        listener.await(state -> state.problems().isEmpty());
    }

    @Test
    void shouldNameBothFilesWhenAnObjectIsInTwoAndLetTheFirstHaveIt() throws Exception {
        final Path first = write("1.yaml", service("a", 1));
        final Path second = write("2.yaml", service("b", 2) + service("a", 3));
        start(folder);

        awaitServices("a=10.0.0.1", "b=10.0.0.2");
        assertThat(listener.problems().stream().map(Object::toString))
                .containsExactly(second + ":7 Service default/a: is in " + first
                        + ":2 too, which stays in force; remove one of them");

        Files.delete(first);
        awaitServices("a=10.0.0.3", "b=10.0.0.2");
        listener.await(state -> state.problems().isEmpty());
        assertThat(listener.events()).doesNotContain("delete a");
    }

    @Test
    void shouldNotBeSyncedBeforeSomeFileCouldBeParsed() throws Exception {
        start(write("a.yaml", "kind: ["));
        assertThat(listener.events()).isEmpty();
        assertThat(listener.problems().getFirst().reason()).endsWith("; nothing is taken from it");

        write("a.yaml", service("a", 1));

        awaitServices("a=10.0.0.1");
        listener.await(state -> state.events().equals(List.of("put a", "synced")));
    }

    @Test
    void shouldServeTheOtherFilesWhenOneIsBrokenAtStart() throws Exception {
        write("a.yaml", "kind: [");
        write("b.yaml", service("b", 1));
        start(folder);

        assertThat(listener.events()).containsExactly("put b", "synced");
        assertThat(listener.problems()).hasSize(1);
    }

    @Test
    void shouldDeliverAChangeAgainWithTheNextWhenTheListenerFails() throws Exception {
        final Path file = write("a.yaml", service("a", 1));
        start(file);

        listener.failNext();
        write("a.yaml", service("a", 2));
        listener.await(_ -> !listener.isToFail());
        write("a.yaml", service("a", 2) + service("b", 3));

        awaitServices("a=10.0.0.2", "b=10.0.0.3");
    }

    @Test
    void shouldBeSyncedAtOnceWhenTheFolderIsEmpty() throws Exception {
        start(folder);

        assertThat(listener.events()).containsExactly("synced");
    }

    @Test
    void shouldSayWhatToDoWhenThereIsNothingToRead() {
        final Path missing = folder.resolve("missing.yaml");

        assertThatThrownBy(() -> start(missing))
                .isInstanceOf(ConfigException.class)
                .hasMessage("manifests " + missing + ": there is no such file; create it or correct the path");
        assertThatThrownBy(() -> start(Path.of("/dev/zero")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("neither a regular file nor a folder");
    }

    @Test
    void shouldDeliverNothingAfterClose() throws Exception {
        final Path file = write("a.yaml", service("a", 1));
        final ManifestSource closed = new ManifestSource(file);
        closed.start(listener);

        closed.close();
        closed.close();
        write("a.yaml", service("a", 2));

        assertThat(Thread.getAllStackTraces().keySet().stream().map(Thread::getName))
                .doesNotContain("pointsman-manifests");
        assertThat(ips(listener.objects())).containsExactly("a=10.0.0.1");
        assertThatThrownBy(() -> closed.start(listener)).isInstanceOf(IllegalStateException.class);
    }
}

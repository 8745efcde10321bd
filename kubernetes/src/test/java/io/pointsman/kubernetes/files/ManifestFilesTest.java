package io.pointsman.kubernetes.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.kubernetes.ManifestLimits;
import io.pointsman.model.ConfigException;
import io.pointsman.model.ObjectKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests when files are read again. The test moves the clock. */
class ManifestFilesTest {
    private static final long HALF_QUIET = ManifestFiles.QUIET_NANOS / 2;

    @TempDir
    Path folder;

    private long now;

    private static String node(String name) {
        return "---\napiVersion: v1\nkind: Node\nmetadata: {name: " + name + "}\n";
    }

    private void write(String text) throws IOException {
        Files.writeString(folder.resolve("a.yaml"), text);
    }

    private ManifestFiles start() throws ConfigException {
        return new ManifestFiles(folder, ManifestLimits.DEFAULT);
    }

    private boolean pollAfter(ManifestFiles files, long nanos) {
        now += nanos;
        return files.poll(now);
    }

    private static List<String> objects(ManifestFiles files) {
        return files.states().stream()
                .flatMap(state -> state.objects().keySet().stream())
                .map(ObjectKey::toString)
                .toList();
    }

    @Test
    void shouldReadAChangedFileOnceItIsStill() throws Exception {
        write(node("n1"));
        final ManifestFiles files = start();
        assertThat(pollAfter(files, HALF_QUIET)).isFalse();
        assertThat(files.isWaiting()).isFalse();

        write("---\n");
        assertThat(pollAfter(files, HALF_QUIET)).isFalse();
        assertThat(files.isWaiting()).isTrue();
        write(node("n2") + node("n3"));
        assertThat(pollAfter(files, HALF_QUIET)).isFalse();
        assertThat(pollAfter(files, HALF_QUIET)).isFalse();
        assertThat(objects(files)).containsExactly("Node n1");

        assertThat(pollAfter(files, HALF_QUIET)).isTrue();
        assertThat(objects(files)).containsExactly("Node n2", "Node n3");
        assertThat(pollAfter(files, HALF_QUIET)).isFalse();
        assertThat(files.isWaiting()).isFalse();
    }

    @Test
    void shouldReadAFileThatNeverComesToRestInTheEnd() throws Exception {
        write(node("n1"));
        final ManifestFiles files = start();

        int polls = 0;
        boolean read;
        do {
            write(node("n2") + "# " + "x".repeat(++polls) + "\n");
            read = pollAfter(files, HALF_QUIET);
        } while (!read);

        assertThat(polls).isEqualTo((int) (ManifestFiles.MAX_WAIT_NANOS / HALF_QUIET) + 1);
        assertThat(objects(files)).containsExactly("Node n2");
    }

    @Test
    void shouldNotTakeAFileForGoneThatIsDeletedAndWrittenAgain() throws Exception {
        write(node("n1"));
        final ManifestFiles files = start();

        Files.delete(folder.resolve("a.yaml"));
        assertThat(pollAfter(files, HALF_QUIET)).isFalse();
        assertThat(pollAfter(files, ManifestFiles.QUIET_NANOS)).isFalse();
        write(node("n1") + node("n2"));
        assertThat(pollAfter(files, HALF_QUIET)).isFalse();
        assertThat(pollAfter(files, ManifestFiles.QUIET_NANOS)).isTrue();

        assertThat(objects(files)).containsExactly("Node n1", "Node n2");
    }

    @Test
    void shouldForgetAFileThatStaysAway() throws Exception {
        write(node("n1"));
        final ManifestFiles files = start();

        Files.delete(folder.resolve("a.yaml"));
        assertThat(pollAfter(files, HALF_QUIET)).isFalse();

        assertThat(pollAfter(files, ManifestFiles.QUIET_WHEN_GONE_NANOS)).isTrue();
        assertThat(objects(files)).isEmpty();
    }
}

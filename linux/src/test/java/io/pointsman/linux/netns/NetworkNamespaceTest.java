package io.pointsman.linux.netns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.testing.Namespaces;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class NetworkNamespaceTest {
    private static final Path OWN = Path.of("/proc/thread-self/ns/net");

    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    private static String identity() throws IOException {
        return Files.readSymbolicLink(OWN).toString();
    }

    @Test
    void shouldEnterANamespaceAndLeaveTheCallerWhereItWas() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        final String outside = identity();
        final String inside = namespace.call(NetworkNamespaceTest::identity);
        assertThat(inside).isNotEqualTo(outside);
        assertThat(identity()).isEqualTo(outside);
        assertThat(NetworkNamespace.named(namespace.name()).call(NetworkNamespaceTest::identity))
                .isEqualTo(inside);
        assertThat(NetworkNamespace.ofProcess(ProcessHandle.current().pid()).call(NetworkNamespaceTest::identity))
                .isEqualTo(outside);
    }

    @Test
    void shouldHandOnWhatTheTaskThrows() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        assertThatThrownBy(() -> namespace.call(() -> {
                    throw new IOException("from inside");
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("from inside");
    }

    @Test
    void shouldBeGoneWhenDeleted() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        assertThat(NetworkNamespace.names()).contains(namespace.name());
        assertThatThrownBy(() -> NetworkNamespace.create(namespace.name())).hasMessageContaining("EEXIST");
        namespace.delete();
        assertThat(namespace.exists()).isFalse();
        assertThatThrownBy(() -> namespace.call(NetworkNamespaceTest::identity))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("ENOENT");
        namespace.delete();
    }

    @Test
    void shouldRunManyTasksOnOneThreadInside() throws Exception {
        final NetworkNamespace namespace = namespaces.create();
        try (NamespaceThread thread = namespace.openThread("inside")) {
            final String inside = thread.call(NetworkNamespaceTest::identity);
            final CompletableFuture<Thread> ran = new CompletableFuture<>();
            thread.execute(() -> ran.complete(Thread.currentThread()));
            assertThat(ran.join().getName()).isEqualTo("inside");
            assertThat(thread.call(NetworkNamespaceTest::identity))
                    .isEqualTo(inside)
                    .isNotEqualTo(identity());
            final Process child = thread.call(() -> new ProcessBuilder("readlink", "/proc/self/ns/net").start());
            assertThat(new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip())
                    .isEqualTo(inside);
        }
    }

    @Test
    void shouldRefuseANameThatIsAPath() {
        assertThatThrownBy(() -> NetworkNamespace.named("../x")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldSayWhatIsMissingWhenTheNamespaceDoesNotExist() {
        assertThatThrownBy(() -> NetworkNamespace.named("pmtest-none").openThread("x"))
                .hasMessageContaining("/run/netns/pmtest-none")
                .hasMessageContaining("ENOENT");
    }
}

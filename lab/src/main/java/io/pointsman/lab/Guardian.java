package io.pointsman.lab;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * A small process that removes namespaces, their processes and the lab's folder once the lab is gone, even if the lab was
 * killed.
 */
final class Guardian implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 20;

    private final Process process;

    private Guardian(Process process) {
        this.process = process;
    }

    /** Starts to watch the labs of this process. */
    static Guardian start(Path folder) throws IOException {
        final String prefix = "pmlab-" + ProcessHandle.current().pid() + "-";
        try (InputStream script = Objects.requireNonNull(Guardian.class.getResourceAsStream("guardian.sh"))) {
            final String text = new String(script.readAllBytes(), StandardCharsets.UTF_8);
            return new Guardian(new ProcessBuilder(List.of("sh", "-c", text, "lab-guardian", prefix, folder.toString()))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start());
        }
    }

    /** Lets it clean up, and waits for that. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new IllegalStateException("the lab's guardian can't be stopped", e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}

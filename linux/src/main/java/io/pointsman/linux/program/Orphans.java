package io.pointsman.linux.program;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Programs that an agent started and did not outlive. One that loads rules goes on without its agent, and would overwrite
 * what the next agent has written meanwhile; so that one waits for it.
 */
public final class Orphans {
    /** Longer than loading the largest rule set takes, the wait for the lock included. */
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    /** In the environment of all programs that {@link Programs} of an owner starts. */
    static final String OWNER = "POINTSMAN_OWNER";

    private static final Path PROC = Path.of("/proc");
    private static final Duration POLL = Duration.ofMillis(20);

    private Orphans() {}

    /**
     * Waits for those of this owner to end, for {@code patience} each, and goes on if one stays.
     *
     * @param told hears a sentence of each: that it is waited for, and that it does not end
     */
    public static void await(String owner, Duration patience, Consumer<String> told) throws IOException {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                final Optional<ProcessHandle> orphan = ownedBy(owner, process);
                if (orphan.isPresent()) {
                    await(orphan.get(), patience, told);
                }
            }
        }
    }

    private static Optional<ProcessHandle> ownedBy(String owner, Path process) {
        final String environment;
        try {
            environment = Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException _) {
            return Optional.empty(); // it ended, or is not ours to look into and so not ours
        }
        final String entry =
                OWNER + "=" + new String(owner.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        return ("\0" + environment).contains("\0" + entry + "\0")
                ? ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
                : Optional.empty();
    }

    private static void await(ProcessHandle orphan, Duration patience, Consumer<String> told) throws IOException {
        told.accept("waiting for process " + orphan.pid() + " of an earlier run to end");
        final long startNanos = System.nanoTime();
        while (orphan.isAlive()) {
            if (System.nanoTime() - startNanos > patience.toNanos()) {
                told.accept("process " + orphan.pid() + " of an earlier run does not end; going on");
                return;
            }
            try {
                Thread.sleep(POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while waiting for process " + orphan.pid(), e);
            }
        }
    }
}

package io.pointsman.spi.iptables;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Programs that an agent started and did not outlive. One that loads rules goes on without its agent, and would overwrite
 * what the next agent has written meanwhile; so that one waits for it.
 */
final class Orphans {
    private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);

    /** In the environment of all programs that we start: the state directory. */
    static final String OWNER = "POINTSMAN_OWNER";

    /** Longer than loading the largest rule set takes, the wait for the lock included. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final Path PROC = Path.of("/proc");
    private static final Duration POLL = Duration.ofMillis(20);

    private Orphans() {}

    /** Waits for those of this owner, no longer than that each; says so and goes on if one stays. */
    static void await(String owner, Duration patience) throws IOException {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                final Optional<ProcessHandle> orphan = ownedBy(owner, process);
                if (orphan.isPresent()) {
                    await(orphan.get(), patience);
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

    private static void await(ProcessHandle orphan, Duration patience) throws IOException {
        LOG.info("iptables: waiting for process {} of an earlier run to end", orphan.pid());
        final long startNanos = System.nanoTime();
        while (orphan.isAlive()) {
            if (System.nanoTime() - startNanos > patience.toNanos()) {
                LOG.warn("iptables: process {} of an earlier run does not end; going on", orphan.pid());
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

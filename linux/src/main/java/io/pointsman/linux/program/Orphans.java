package io.pointsman.linux.program;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Programs that an earlier agent started and that are still running. A program that loads rules goes on without its agent,
 * and would overwrite what the next agent has written meanwhile; so the next agent waits for it.
 */
public final class Orphans {
    /** Time to wait: longer than loading the largest rule set takes, with the wait for the lock. */
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Environment variable of all programs that {@link Programs} of an owner starts. */
    static final String OWNER = "POINTSMAN_OWNER";

    private static final Duration POLL = Duration.ofMillis(20);

    private Orphans() {}

    /**
     * Waits for this owner's orphans to end, for {@code patience} in all, and goes on if one stays. Orphans are processes of
     * this user that see the same files, were started for the owner, and whose starter is gone.
     *
     * @param told gets a sentence for each: that it is waited for, and that it does not end
     */
    public static void await(String owner, Duration patience, Consumer<String> told) throws IOException {
        final long startNanos = System.nanoTime();
        final Set<Long> known = new HashSet<>();
        List<Long> orphans = of(owner);
        while (!orphans.isEmpty()) {
            for (long pid : orphans) {
                if (known.add(pid)) {
                    told.accept("waiting for process " + pid + " of an earlier run to end");
                }
            }
            if (System.nanoTime() - startNanos > patience.toNanos()) {
                orphans.forEach(pid ->
                        told.accept("process " + pid + " of an earlier run does not end; continuing without it"));
                return;
            }
            pause();
            orphans = of(owner);
        }
    }

    private static List<Long> of(String owner) throws IOException {
        return MarkedProcesses.find(OWNER + "=" + owner, ProgramRun.MARK).stream()
                .filter(found -> ProgramRun.starter(found.value())
                        .filter(starter -> !MarkedProcesses.isAlive(starter))
                        .isPresent())
                .map(found -> found.process().pid())
                .toList();
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(POLL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for processes of an earlier run", e);
        }
    }
}

package io.pointsman.linux.program;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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

    private static final Duration POLL = Duration.ofMillis(20);

    private Orphans() {}

    /**
     * Waits for those of this owner to end, for {@code patience} in all, and goes on if one stays. They are what runs as
     * this process's user, with its files in sight, was started for the owner, and by a process that is gone.
     *
     * @param told hears a sentence of each: that it is waited for, and that it does not end
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
                orphans.forEach(pid -> told.accept("process " + pid + " of an earlier run does not end; going on"));
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

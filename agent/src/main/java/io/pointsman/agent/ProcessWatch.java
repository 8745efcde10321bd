package io.pointsman.agent;

import io.pointsman.agent.health.ProxyHealth;
import io.pointsman.agent.status.Problem;
import io.pointsman.agent.status.ProblemBoard;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks every 5 s whether this process can go on, on a thread of its own, since it watches the others. Checking more
 * often would cost an idle node more than all else that the agent does.
 */
final class ProcessWatch implements AutoCloseable {
    private static final long INTERVAL_SECONDS = 5;
    private static final Logger LOG = LoggerFactory.getLogger(ProcessWatch.class);

    private final ProxyHealth health;
    private final ProblemBoard problems;
    private final Consumer<String> failed;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "pointsman-watch");

    /** @param failed called once, with the first failure; may block and may close this watch */
    ProcessWatch(ProxyHealth health, ProblemBoard problems, Consumer<String> failed) {
        this.health = health;
        this.problems = problems;
        this.failed = failed;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            do {
                final Optional<String> failure = look();
                if (failure.isPresent()) {
                    LOG.error("this agent can't continue and will be closed: {}", failure.get());
                    failed.accept(failure.get());
                    return;
                }
            } while (!closed.await(INTERVAL_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException _) {
            LOG.debug("watch interrupted, ends");
        }
    }

    private Optional<String> look() {
        final List<Problem> found = new ArrayList<>();
        final Optional<String> failure = health.failure();
        failure.ifPresent(reason ->
                found.add(new Problem(Problem.Origin.PROCESS, "failure", "this process needs a restart: " + reason)));
        if (health.isSyncOverdue()) {
            found.add(new Problem(
                    Problem.Origin.PROCESS,
                    "sync",
                    "has not succeeded within " + health.timeout().toSeconds()
                            + " s (twice the sync period); what was in force stays, /healthz and /livez answer 503"));
        }
        problems.replace(Problem.Origin.PROCESS, found);
        return failure;
    }

    /** Stops the checks; problems already found stay on the board. */
    @Override
    public void close() {
        closed.countDown();
    }
}

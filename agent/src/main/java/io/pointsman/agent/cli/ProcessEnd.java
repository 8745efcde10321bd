package io.pointsman.agent.cli;

import io.pointsman.agent.AgentListener;
import io.pointsman.agent.status.AgentStatus;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * Ends an agent's process: if the agent fails, and by force if a shutdown exceeds its time limit. The thread exists from
 * the start, so that a process without memory or threads to spare can end all the same.
 */
final class ProcessEnd {
    /** The exit code of an agent that can't go on. */
    static final int FAILED = 3;

    /** Exit status of a process that SIGTERM ended, as shells report it. */
    static final int TERMINATED = 143;

    /** Time limit of a shutdown: about as long as {@link io.pointsman.agent.Agent#close} may take. */
    private static final Duration LIMIT = Duration.ofSeconds(15);

    private final CountDownLatch failed = new CountDownLatch(1);
    private final CountDownLatch ending = new CountDownLatch(1);
    private volatile int exitCode = FAILED;

    private ProcessEnd() {}

    static ProcessEnd start() {
        final ProcessEnd end = new ProcessEnd();
        final Thread thread = new Thread(end::haltWhenOverdue, "pointsman-end");
        thread.setDaemon(true);
        thread.start();
        return end;
    }

    private void haltWhenOverdue() {
        try {
            ending.await();
            Thread.sleep(LIMIT);
            // No log line and no shutdown hook: either may be what hangs.
            Runtime.getRuntime().halt(exitCode);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Starts the time limit, after which the process is ended by force. The exit code of the first call counts. */
    synchronized void within(int exitCodeByForce) {
        if (ending.getCount() > 0) {
            exitCode = exitCodeByForce;
            ending.countDown();
        }
    }

    void awaitFailure() throws InterruptedException {
        failed.await();
    }

    /** Returns a listener that passes plans on, and records that the agent has failed. */
    AgentListener tellingOfFailure(AgentListener plans) {
        return new AgentListener() {
            @Override
            public void inForce(AgentStatus status) {
                plans.inForce(status);
            }

            @Override
            public void failed(String reason) {
                failed.countDown();
            }
        };
    }
}

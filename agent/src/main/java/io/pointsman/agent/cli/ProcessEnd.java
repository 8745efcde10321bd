package io.pointsman.agent.cli;

import io.pointsman.agent.AgentListener;
import io.pointsman.agent.status.AgentStatus;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * How the process of an agent ends: by a failure of the agent, and in any case within a limit once it is to end. Its thread
 * is there from the start, so that a process without memory or threads to spare ends all the same.
 */
final class ProcessEnd {
    /** The exit code of an agent that can't go on. */
    static final int FAILED = 3;

    /** What a shell reports of a process that SIGTERM ended. */
    static final int TERMINATED = 143;

    /** A little more than {@link io.pointsman.agent.Agent#close} takes at the most. */
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
            // Neither a log line nor a hook: whatever hangs may be just that.
            Runtime.getRuntime().halt(exitCode);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** The process is to end now: it is ended by force when it is still there after the limit. The first reason counts. */
    synchronized void within(int exitCodeByForce) {
        if (ending.getCount() > 0) {
            exitCode = exitCodeByForce;
            ending.countDown();
        }
    }

    void awaitFailure() throws InterruptedException {
        failed.await();
    }

    /** Tells of plans as the listener given, and notes when the agent has failed. */
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

package io.pointsman.examples.sourceip;

import java.util.concurrent.Callable;
import java.util.function.Supplier;

/** Waits for results of another process or thread. */
final class Await {
    private static final long POLL_MILLIS = 20;

    private Await() {}

    /** Returns once the condition holds; fails with the explanation if it does not within {@link AgentProcess#PATIENCE}. */
    static void until(String what, Callable<Boolean> condition, Supplier<String> explanation)
            throws InterruptedException {
        final long deadline = System.nanoTime() + AgentProcess.PATIENCE.toNanos();
        Exception last = null;
        while (System.nanoTime() - deadline < 0) {
            try {
                if (condition.call()) {
                    return;
                }
            } catch (Exception e) {
                last = e;
            }
            Thread.sleep(POLL_MILLIS);
        }
        throw new AssertionError("waited in vain until " + what + ": " + explanation.get(), last);
    }
}

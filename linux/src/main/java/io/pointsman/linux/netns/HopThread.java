package io.pointsman.linux.netns;

import io.pointsman.linux.netns.NetworkNamespace.Task;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Runs a task on a new platform thread, whose namespace may change, and passes its outcome to the caller. */
final class HopThread {
    private HopThread() {}

    /**
     * Runs a task and waits for it even if the caller is interrupted: half-done work in a namespace is worse than waiting.
     * The interrupt is kept.
     */
    static <T extends @Nullable Object, E extends Exception> T run(String name, Task<T, ?> task) throws E {
        final CompletableFuture<T> outcome = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("netns " + name).start(() -> complete(outcome, task));
        return await(outcome);
    }

    static <T extends @Nullable Object> void complete(CompletableFuture<T> outcome, Task<T, ?> task) {
        try {
            outcome.complete(task.call());
        } catch (Throwable e) {
            outcome.completeExceptionally(e); // passed to the caller, who waits
        }
    }

    /** Waits for the outcome: returns it, or throws what the task threw; the caller declares its exceptions as E. */
    @SuppressWarnings("unchecked") // the task could throw nothing checked but what its caller declares
    static <T extends @Nullable Object, E extends Exception> T await(CompletableFuture<T> outcome) throws E {
        try {
            return outcome.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case Exception cause -> throw (E) cause;
                case null, default -> throw e;
            }
        }
    }
}

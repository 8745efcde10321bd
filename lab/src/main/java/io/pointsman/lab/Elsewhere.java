package io.pointsman.lab;

import io.pointsman.lab.LabReport.ModeReport;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A mode that is played on another kernel, possibly while others are played on this one. */
final class Elsewhere {
    private final String mode;
    private final LabInUml lab;
    private final CompletableFuture<ModeReport> report = new CompletableFuture<>();
    private boolean started;

    Elsewhere(String mode, LabInUml lab) {
        this.mode = mode;
        this.lab = lab;
    }

    String mode() {
        return mode;
    }

    /** Starts the mode without waiting. */
    void start() {
        started = true;
        Thread.ofPlatform().daemon().name("lab " + mode).start(() -> {
            try {
                report.complete(lab.play());
            } catch (InterruptedException | RuntimeException e) {
                report.completeExceptionally(e);
            }
        });
    }

    /** Waits for the result, starting the mode if necessary. */
    ModeReport await() throws InterruptedException {
        if (!started) {
            start();
        }
        try {
            return report.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a mode could not be played elsewhere", e.getCause());
        }
    }
}

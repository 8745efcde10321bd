package io.pointsman.examples.sourceip.lab;

import io.pointsman.examples.sourceip.lab.LabReport.ModeReport;
import io.pointsman.model.IpFamily;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A mode that is played on another kernel while others are on this one. */
final class Elsewhere {
    private final CompletableFuture<ModeReport> report = new CompletableFuture<>();

    private Elsewhere() {}

    static Elsewhere start(String mode, List<IpFamily> families, Path folder) {
        final Elsewhere other = new Elsewhere();
        Thread.ofPlatform().daemon().name("lab " + mode).start(() -> {
            try {
                other.report.complete(LabInUml.play(mode, families, folder));
            } catch (InterruptedException | RuntimeException e) {
                other.report.completeExceptionally(e);
            }
        });
        return other;
    }

    ModeReport await() throws InterruptedException {
        try {
            return report.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a mode could not be played elsewhere", e.getCause());
        }
    }
}

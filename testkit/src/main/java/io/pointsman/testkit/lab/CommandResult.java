package io.pointsman.testkit.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Exit code and complete output of a program. */
public record CommandResult(List<String> command, int exitCode, String output, String errors) {
    public CommandResult {
        command = List.copyOf(command);
    }

    static CommandResult of(List<String> command, Duration patience, Process process) throws IOException {
        try {
            final CompletableFuture<String> output = drain(process.getInputStream());
            final CompletableFuture<String> errors = drain(process.getErrorStream());
            process.getOutputStream().close();
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(command + " was not done within " + patience);
            }
            return new CommandResult(command, process.exitValue(), output.join(), errors.join());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + command, e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static CompletableFuture<String> drain(InputStream stream) {
        final CompletableFuture<String> text = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("lab command output").start(() -> {
            try {
                text.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                text.completeExceptionally(new UncheckedIOException(e));
            }
        });
        return text;
    }

    /**
     * Returns the output of a program that must succeed.
     *
     * @throws IOException with its whole output, if it did not exit with 0
     */
    public String outputOrFail() throws IOException {
        if (exitCode != 0) {
            throw new IOException(command + " exited with " + exitCode + ": " + errors + output);
        }
        return output;
    }
}

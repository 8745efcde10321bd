package io.pointsman.spi.ipvs;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs programs of the host, in the network namespace of the calling thread. */
final class Programs {
    /** Well above what the largest rule set takes, and the wait for the lock that iptables programs share. */
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private Programs() {}

    /** What a program said. */
    record Result(int exitCode, String output, String errors) {
        boolean isSuccess() {
            return exitCode == 0;
        }

        /** What it complained of, on one line. */
        String complaint() {
            final String text = errors.strip().replaceAll("\\s*\\R\\s*", "; ");
            return text.isEmpty() ? "exit code " + exitCode : text;
        }
    }

    /**
     * Runs a program with this text as its input.
     *
     * @throws IOException when it can't be started, or does not end
     */
    static Result run(String input, String... command) throws IOException {
        final Process process = new ProcessBuilder(command).start();
        try {
            final CompletableFuture<String> output = read(process.getInputStream());
            final CompletableFuture<String> errors = read(process.getErrorStream());
            try (OutputStream out = process.getOutputStream()) {
                out.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException _) {
                process.isAlive(); // it ended before it had read all; why is in its errors
            }
            if (!process.waitFor(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(command[0] + " did not end within " + TIMEOUT.toSeconds() + " s");
            }
            return new Result(process.exitValue(), output.join(), errors.join());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + command[0] + " ran", e);
        } finally {
            process.destroyForcibly();
        }
    }

    /** Runs a program that has to succeed; returns what it printed. */
    static String require(String input, String... command) throws IOException {
        final Result result = run(input, command);
        if (!result.isSuccess()) {
            throw new IOException(command[0] + ": " + result.complaint());
        }
        return result.output();
    }

    private static CompletableFuture<String> read(InputStream stream) {
        final CompletableFuture<String> text = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try (stream) {
                text.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                text.complete("(unreadable: " + e.getMessage() + ")");
            }
        });
        return text;
    }
}

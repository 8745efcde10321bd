package io.pointsman.spi.iptables;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Runs programs of the host, if wished in another network namespace. Any thread. */
final class Commands {
    /** Well above what the largest rule set takes, and the wait for the lock. */
    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    private final Place place;

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

    Commands(Place place) {
        this.place = place;
    }

    /**
     * Runs a program to its end.
     *
     * @throws IOException when it can't be started, or does not end
     */
    Result run(String... command) throws IOException {
        return feed("", command);
    }

    /** As {@link #run(String...)}, with this text as its input. */
    Result feed(String input, String... command) throws IOException {
        final ProcessBuilder builder = new ProcessBuilder(command);
        final Process process = place.call(builder::start); // a child is where the thread is that starts it
        try {
            final CompletableFuture<String> output = read(process.getInputStream());
            final CompletableFuture<String> errors = read(process.getErrorStream());
            write(process, input);
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

    private static void write(Process process, String input) {
        try (OutputStream out = process.getOutputStream()) {
            out.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException _) {
            // A program that fails before it has read all closes its input; why it failed is in its errors.
            process.isAlive();
        }
    }

    private static CompletableFuture<String> read(InputStream stream) {
        final Supplier<String> all = () -> {
            try (stream) {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                return "(unreadable: " + e.getMessage() + ")";
            }
        };
        final CompletableFuture<String> text = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> text.complete(all.get()));
        return text;
    }
}

package io.pointsman.spi.iptables;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Runs programs of the host, if wished in another network namespace. Any thread. */
final class Commands {
    /** Well above what the largest rule set takes, and the wait for the lock. */
    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    private final List<String> prefix;

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

    private Commands(List<String> prefix) {
        this.prefix = prefix;
    }

    /** In the process's own network namespace. */
    static Commands here() {
        return new Commands(List.of());
    }

    /** In the namespace of this name (as {@code ip netns} gives it) or path; empty for the process's own. */
    static Commands in(String netns) {
        if (netns.isEmpty()) {
            return here();
        }
        final String path = netns.indexOf('/') >= 0 ? netns : "/run/netns/" + netns;
        return new Commands(List.of("nsenter", "--net=" + path, "--"));
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
        final List<String> line = new ArrayList<>(prefix);
        line.addAll(Arrays.asList(command));
        final Process process = new ProcessBuilder(line).start();
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

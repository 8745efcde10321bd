package io.pointsman.spi.iptables;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Runs programs of the host, if wished in another network namespace. Any thread. */
final class Commands {
    /** Well above what the largest rule set takes, and the wait for the lock. */
    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    static final int REMEMBERED = 256;

    private final Place place;
    private final String owner;
    private final ArrayDeque<Integer> started = new ArrayDeque<>();

    /** What a program said. */
    record Result(int exitCode, String output, String errors) {
        /** RESOURCE_PROBLEM in iptables' include/xtables.h. */
        private static final int EXIT_RESOURCE_PROBLEM = 4;

        boolean isSuccess() {
            return exitCode == 0;
        }

        /** Whether it gave up waiting for the lock that all iptables programs share. */
        boolean isLockedOut() {
            return exitCode == EXIT_RESOURCE_PROBLEM && errors.contains("xtables lock");
        }

        /** What it complained of, on one line. */
        String complaint() {
            final String text = errors.strip().replaceAll("\\s*\\R\\s*", "; ");
            return text.isEmpty() ? "exit code " + exitCode : text;
        }
    }

    Commands(Place place) {
        this(place, "");
    }

    /** Whose programs they are, for {@link Orphans}. */
    Commands(Place place, String owner) {
        this.place = place;
        this.owner = owner;
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
        if (!owner.isEmpty()) {
            builder.environment().put(Orphans.OWNER, owner);
        }
        final Process process = place.call(builder::start); // a child is where the thread is that starts it
        remember((int) process.pid());
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

    private synchronized void remember(int pid) {
        started.addLast(pid);
        if (started.size() > REMEMBERED) {
            started.removeFirst();
        }
    }

    /** Whether it is one of the programs started last. */
    synchronized boolean isOwn(int pid) {
        return started.contains(pid);
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

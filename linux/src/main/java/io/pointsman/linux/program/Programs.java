package io.pointsman.linux.program;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs programs of the host, one call a program. Any thread. */
public final class Programs {
    /** How many process ids are remembered. */
    public static final int REMEMBERED = 256;

    /** Well above what the largest rule set takes, and the wait for the lock that iptables programs share. */
    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    private final String owner;
    private final Launcher launcher;
    private final ArrayDeque<Integer> started = new ArrayDeque<>();

    /** Starts a process, in whichever network namespace it is to be: a child is where the thread is that starts it. */
    public interface Launcher {
        Process start(ProcessBuilder builder) throws IOException;
    }

    /**
     * Programs of an owner.
     *
     * @param owner whose they are, for {@link Orphans}: mostly a state directory; empty for nobody's
     */
    public Programs(String owner, Launcher launcher) {
        this.owner = owner;
        this.launcher = launcher;
    }

    /** Those of an owner, in the network namespace of the thread that calls. */
    public static Programs of(String owner) {
        return new Programs(owner, ProcessBuilder::start);
    }

    /** Nobody's, for programs that change nothing; in the network namespace of the thread that calls. */
    public static Programs ofNobody() {
        return of("");
    }

    /**
     * Runs a program to its end.
     *
     * @throws IOException when it can't be started, or does not end
     */
    public ProgramResult run(String... command) throws IOException {
        return feed("", command);
    }

    /** As {@link #run}, with this text as its input. */
    public ProgramResult feed(String input, String... command) throws IOException {
        final ProcessBuilder builder = new ProcessBuilder(command);
        if (!owner.isEmpty()) {
            builder.environment().put(Orphans.OWNER, owner);
        }
        final Process process = launcher.start(builder);
        remember((int) process.pid());
        try {
            final CompletableFuture<String> output = read(process.getInputStream());
            final CompletableFuture<String> errors = read(process.getErrorStream());
            write(process, input);
            if (!process.waitFor(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(command[0] + " did not end within " + TIMEOUT.toSeconds() + " s");
            }
            return new ProgramResult(process.exitValue(), output.join(), errors.join());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + command[0] + " ran", e);
        } finally {
            process.destroyForcibly();
        }
    }

    /** As {@link #feed}, for one that has to succeed; returns what it printed. */
    public String require(String input, String... command) throws IOException {
        final ProgramResult result = feed(input, command);
        if (!result.isSuccess()) {
            throw new IOException(command[0] + ": " + result.complaint());
        }
        return result.output();
    }

    private synchronized void remember(int pid) {
        started.addLast(pid);
        if (started.size() > REMEMBERED) {
            started.removeFirst();
        }
    }

    /** Whether it is one of the last {@value #REMEMBERED} programs started here. */
    public synchronized boolean isOwn(int pid) {
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

package io.pointsman.linux.program;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A running program. Whatever it does with its input and output, its caller has a result at the deadline. A program that
 * fails its caller is killed with all that it started. One that ends by itself may leave a process behind; that one is
 * killed only if it keeps the output open, or if the input could not be written whole. When a process ends, the JDK closes
 * its streams ({@code ProcessImpl}) unless a thread is blocked reading them. So a process that keeps the output of a program
 * open may be left if that program printed something and ended at once.
 */
final class ProgramRun {
    /** Environment variable of each program, and so of all that it starts: its starter, and a number of its own. */
    static final String MARK = "POINTSMAN_RUN";

    private static final Pattern WELL_FORMED = Pattern.compile("([0-9]{1,10}@[0-9]{1,20})/[0-9]{1,10}");
    private static final AtomicInteger COUNT = new AtomicInteger();
    /** Time for which processes left by a program may hold its output open after its end. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    private static final int MAX_KILLING_PASSES = 50;
    private static final int ERRORS_KEPT_BYTES = 1 << 20;
    /** Upper limit of the output. The rules of 10,000 Services with 50 endpoints each are 80 MiB. */
    private static final long MAX_OUTPUT_BYTES = 256L << 20;

    private static final long MIN_OUTPUT_BYTES = 16L << 20;
    private static final int HEAP_SHARE = 8;

    private final String name;
    private final String mark;
    private final Process process;
    private final int outputBytes;
    private final Drain output;
    private final Drain errors;
    /**
     * Whether the input could not be written whole. A process that the program started may have part of it, and would act
     * upon part of a text.
     */
    private volatile boolean isInputCut;

    /**
     * Starts reading the output.
     *
     * @param mark value of the process's {@link #MARK}
     * @param outputBytes limit of its output
     */
    ProgramRun(String name, String mark, Process process, int outputBytes) {
        this.name = name;
        this.mark = mark;
        this.process = process;
        this.outputBytes = outputBytes;
        output = new Drain("output of " + name, process.getInputStream(), outputBytes, outputBytes, this::killProcess);
        errors = new Drain(
                "errors of " + name, process.getErrorStream(), ERRORS_KEPT_BYTES, outputBytes, this::killProcess);
    }

    /** Returns the default limit of a program's output in bytes: all of it is kept in memory. */
    static int usualOutputBytes() {
        return (int) Math.clamp(Runtime.getRuntime().maxMemory() / HEAP_SHARE, MIN_OUTPUT_BYTES, MAX_OUTPUT_BYTES);
    }

    /** Returns the mark of the next program. */
    static String newMark() throws IOException {
        return MarkedProcesses.self() + "/" + COUNT.incrementAndGet();
    }

    /** Returns the starter in a mark, as {@link MarkedProcesses#isAlive} takes it; empty if the text is not a mark. */
    static Optional<String> starter(String mark) {
        final Matcher matcher = WELL_FORMED.matcher(mark);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /**
     * Kills the process by its handle: Process.destroyForcibly also closes the input, and waits for a thread that writes to
     * it.
     */
    private void killProcess() {
        process.toHandle().destroyForcibly();
    }

    /** Feeds the program and waits for its end. */
    ProgramResult finish(String input, Duration deadline) throws IOException {
        final Thread writer = feed(input);
        boolean isOver = false;
        try {
            if (!process.waitFor(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
                final String unread = writer.isAlive() ? " and has not read its input" : "";
                throw new IOException(name + " did not end within " + inWords(deadline) + unread
                        + "; it was killed, with what it started");
            }
            final boolean isDrained = output.hasEnded(GRACE) && errors.hasEnded(GRACE) && writer.join(GRACE);
            if (output.isTooLong() || errors.isTooLong()) {
                throw new IOException(name + " printed more than " + (outputBytes >> 20)
                        + " MiB; it was killed, with what it started");
            }
            isOver = isDrained && !isInputCut;
            return new ProgramResult(
                    process.exitValue(), output.text(), errors.text()); // all that it said itself is read
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + name + " ran; it was killed, with what it started", e);
        } finally {
            if (!isOver) {
                killAll();
            }
        }
    }

    private static String inWords(Duration duration) {
        return duration.toSeconds() > 0 ? duration.toSeconds() + " s" : duration.toMillis() + " ms";
    }

    /** Writes the input on its own thread: a program may read nothing and not end. */
    private Thread feed(String input) {
        return Thread.ofPlatform().daemon().name("input of " + name).start(() -> {
            try (OutputStream out = process.getOutputStream()) {
                out.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException _) {
                isInputCut = true; // a program that fails before it has read all says why among its errors
            }
        });
    }

    /** Kills the program and its descendants, also those whose parent has ended: they are found by the mark. */
    private void killAll() {
        if (process.isAlive()) { // else its id may be another's by now
            process.descendants().forEach(ProcessHandle::destroyForcibly);
        }
        killProcess();
        try {
            for (int pass = 0; pass < MAX_KILLING_PASSES; pass++) {
                final List<MarkedProcesses.Found> left = MarkedProcesses.find(MARK + "=" + mark, MARK);
                left.forEach(found -> found.process().destroyForcibly());
                if (left.isEmpty()) {
                    return;
                }
            }
        } catch (IOException _) {
            return; // processes can't be listed here; its descendants are killed
        }
    }
}

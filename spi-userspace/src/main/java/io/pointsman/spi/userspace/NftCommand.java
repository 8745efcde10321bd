package io.pointsman.spi.userspace;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The program {@code nft}, run in the calling thread's network namespace. Any thread. */
final class NftCommand {
    private static final Duration TIMEOUT = Duration.ofMinutes(1); // 50,000 elements take 5 s

    private NftCommand() {}

    /** Whether the host's kernel and program would take this text; if not, why. Changes nothing. */
    static Optional<String> refusal(String text) {
        try {
            run(text, "-c", "-f", "-");
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Does all that this text says, or nothing.
     *
     * @throws IOException with what nft complained of
     */
    static void execute(String text) throws IOException {
        run(text, "-f", "-");
    }

    /** Whether there is such a table: {@code inet pointsman}. */
    static boolean hasTable(String table) throws IOException {
        return run("", "list", "tables").lines().anyMatch(line -> line.strip().equals("table " + table));
    }

    private static String run(String input, String... arguments) throws IOException {
        final String[] command = new String[arguments.length + 1];
        command[0] = "nft";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        final Process process = new ProcessBuilder(command).start();
        try {
            final CompletableFuture<String> output = read(process.getInputStream());
            final CompletableFuture<String> errors = read(process.getErrorStream());
            write(process, input);
            if (!process.waitFor(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("nft did not end within " + TIMEOUT.toSeconds() + " s");
            }
            if (process.exitValue() != 0) {
                final String complaint = errors.join().strip();
                throw new IOException(
                        "nft: " + (complaint.isEmpty() ? "exit code " + process.exitValue() : firstLine(complaint)));
            }
            return output.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while nft ran", e);
        } finally {
            process.destroyForcibly();
        }
    }

    /** What follows is the text it was given, with marks below. */
    private static String firstLine(String complaint) {
        return complaint.lines().findFirst().orElse(complaint);
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

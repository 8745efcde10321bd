package com.example.plainnft;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the program nft in the caller's network namespace: a child process has that of the thread that starts it. */
final class Nft {
    private static final long TIMEOUT_SECONDS = 60;

    record Result(int exitCode, String output, String errors) {
        boolean isSuccess() {
            return exitCode == 0;
        }

        String complaint() {
            return errors.strip().replaceAll("\\s+", " ");
        }
    }

    private Nft() {}

    /** Runs nft with this text as its input. Its output goes to files, so that no pipe can fill up. */
    static Result run(String input, String... arguments) throws IOException {
        final List<String> command = new ArrayList<>(List.of("nft"));
        command.addAll(List.of(arguments));
        final Path output = Files.createTempFile("nft", ".out");
        final Path errors = Files.createTempFile("nft", ".err");
        try {
            final Process process = new ProcessBuilder(command)
                    .redirectOutput(output.toFile())
                    .redirectError(errors.toFile())
                    .start();
            try (OutputStream in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            }
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("nft did not end within " + TIMEOUT_SECONDS + " s");
            }
            return new Result(process.exitValue(), Files.readString(output), Files.readString(errors));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while nft ran", e);
        } finally {
            Files.delete(output);
            Files.delete(errors);
        }
    }
}

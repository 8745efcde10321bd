package io.pointsman.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Exit code and output of a program that has ended. */
record Ended(int exitCode, String output) {
    private static final long PATIENCE_MINUTES = 5;

    /** Runs a program to its end; errors are part of its output. */
    static Ended of(ProcessBuilder builder) throws IOException, InterruptedException {
        final Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)).isTrue();
        return new Ended(process.exitValue(), output);
    }

    /** Runs a program that must succeed, and returns its output. */
    static String well(ProcessBuilder builder) throws IOException, InterruptedException {
        final Ended ended = of(builder);
        assertThat(ended.exitCode()).as(ended.output()).isZero();
        return ended.output();
    }
}

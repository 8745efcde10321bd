package io.pointsman.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** How a program ended, and what it wrote. */
record Ended(int exitCode, String output) {
    private static final long PATIENCE_MINUTES = 5;

    /** Runs it to its end; errors are part of its output. */
    static Ended of(ProcessBuilder builder) throws IOException, InterruptedException {
        final Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)).isTrue();
        return new Ended(process.exitValue(), output);
    }

    /** What it wrote; it has to have succeeded. */
    static String well(ProcessBuilder builder) throws IOException, InterruptedException {
        final Ended ended = of(builder);
        assertThat(ended.exitCode()).as(ended.output()).isZero();
        return ended.output();
    }
}

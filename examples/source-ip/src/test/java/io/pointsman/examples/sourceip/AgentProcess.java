package io.pointsman.examples.sourceip;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The agent's command line in a JVM of its own, as a user starts it. */
final class AgentProcess implements AutoCloseable {
    /** Time limit, long enough for a busy machine; no measurement depends on it. */
    static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Process process;
    private final CompletableFuture<Void> reader;
    private final Queue<String> output = new ConcurrentLinkedQueue<>();

    private AgentProcess(Process process) {
        this.process = process;
        reader = CompletableFuture.runAsync(
                this::readAll, task -> Thread.ofPlatform().daemon().start(task));
    }

    static AgentProcess start(Object... arguments) throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"));
        command.add(System.getProperty("java.class.path"));
        command.add("io.pointsman.agent.Main");
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        final ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        return new AgentProcess(builder.start());
    }

    private void readAll() {
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                output.add(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns everything printed and logged so far. */
    String output() {
        return String.join("\n", output);
    }

    /** Waits until the agent has printed this text. */
    void awaitOutput(String text) throws InterruptedException {
        Await.until("the agent says \"" + text + "\"", () -> output().contains(text), this::explain);
    }

    /** Waits until the agent ends by itself. */
    int awaitExit() throws InterruptedException {
        assertThat(process.waitFor(PATIENCE))
                .as(() -> "ends; so far: " + output())
                .isTrue();
        reader.join();
        return process.exitValue();
    }

    private String explain() {
        return (process.isAlive() ? "it runs" : "it ended with " + process.exitValue()) + " and said:\n" + output();
    }

    /** Sends SIGTERM through the process handle: {@link Process#destroy} would close the output while it is read. */
    void terminate() {
        process.toHandle().destroy();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        terminate();
        try {
            if (process.waitFor(PATIENCE)) {
                reader.join();
                return;
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        process.toHandle().destroyForcibly();
    }
}

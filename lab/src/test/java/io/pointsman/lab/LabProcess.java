package io.pointsman.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/** The lab's main program in its own JVM, as a user starts it. */
final class LabProcess implements AutoCloseable {
    /** Longest wait, enough for a busy machine; never a measurement. */
    static final Duration PATIENCE = Duration.ofMinutes(20);

    private static final long LOOK_MILLIS = 50;

    private final Process process;
    private final Path folder;
    private final Queue<String> progress = new ConcurrentLinkedQueue<>();
    private final CompletableFuture<Void> reader;

    private LabProcess(Process process, Path folder) {
        this.process = process;
        this.folder = folder;
        reader = CompletableFuture.runAsync(
                this::readAll, task -> Thread.ofPlatform().daemon().start(task));
    }

    private void readAll() {
        try (BufferedReader lines = process.errorReader()) {
            lines.lines().forEach(progress::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Starts a lab with JSON output, so that progress goes to standard error.
     *
     * @param before start of the command line, such as {@code setpriv}
     * @param folder folder for its temporary files
     */
    static LabProcess start(List<String> before, Path folder, String... arguments) throws IOException {
        final List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djava.io.tmpdir=" + folder, "-cp"));
        command.add(System.getProperty("java.class.path"));
        command.addAll(List.of(LabMain.class.getName(), "--output", "json"));
        command.addAll(List.of(arguments));
        final ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        return new LabProcess(builder.start(), folder);
    }

    /** Returns its whole standard output, once it has ended. */
    String output() throws IOException {
        try (BufferedReader lines = process.inputReader()) {
            return String.join("\n", lines.lines().toList());
        }
    }

    /** Returns its progress output so far. */
    String progress() {
        return String.join("\n", progress);
    }

    int awaitExit() throws InterruptedException {
        if (!process.waitFor(PATIENCE)) {
            throw new AssertionError("it does not end; so far:\n" + progress());
        }
        reader.join();
        return process.exitValue();
    }

    void awaitProgress(String text) throws InterruptedException {
        final long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!progress().contains(text)) {
            if (!process.isAlive() || System.nanoTime() - deadline > 0) {
                throw new AssertionError("waited in vain for \"" + text + "\":\n" + progress());
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    /** Writes to its standard input, like a keyboard. */
    void type(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** Sends a signal by name: {@code INT}, as Ctrl-C does, or {@code KILL}. */
    void signal(String name) throws IOException, InterruptedException {
        final int _ = new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid())
                .inheritIO()
                .start()
                .waitFor();
    }

    long pid() {
        return process.pid();
    }

    List<ProcessHandle> descendants() {
        return process.descendants().toList();
    }

    /** Returns its network namespaces and temporary folders that exist now. */
    List<Path> traces() throws IOException {
        final List<Path> traces = new ArrayList<>();
        final Path namespaces = Path.of("/run/netns");
        if (Files.isDirectory(namespaces)) {
            try (Stream<Path> files = Files.list(namespaces)) {
                files.filter(file -> String.valueOf(file.getFileName()).startsWith("pmlab-" + process.pid() + "-"))
                        .forEach(traces::add);
            }
        }
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(file -> String.valueOf(file.getFileName()).startsWith("pointsman-lab-"))
                    .forEach(traces::add);
        }
        return traces;
    }

    @Override
    public void close() {
        process.toHandle().destroyForcibly(); // the process itself would close its output while it is read
    }
}

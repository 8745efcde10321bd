package io.pointsman.spi.userspace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Backend in its own Java process, with the memory and descriptors that a test gives it. */
public final class ForkedProxy implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;
    private final Path log;

    private ForkedProxy(Process process, Path log) {
        this.process = process;
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.log = log;
    }

    /**
     * Starts a process and waits until its plan is applied.
     *
     * @param openFiles limit of descriptors, soft and hard
     * @param arguments arguments of {@link ForkedProxyMain}
     */
    public static ForkedProxy start(int openFiles, List<String> jvmFlags, String... arguments) throws IOException {
        final List<String> command = new ArrayList<>(List.of("sh", "-c", "ulimit -n \"$0\"; exec \"$@\""));
        command.add(Integer.toString(openFiles));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(jvmFlags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ForkedProxyMain.class.getName()));
        command.addAll(List.of(arguments));
        final Path log = Files.createTempFile("proxy", ".log");
        log.toFile().deleteOnExit();
        final ForkedProxy proxy = new ForkedProxy(
                new ProcessBuilder(command).redirectError(log.toFile()).start(), log);
        assertThat(proxy.answers.readLine()).as(proxy::log).isEqualTo("ready []");
        return proxy;
    }

    /** Sends a question of {@link ForkedProxyMain} and returns the answer. */
    public String ask(String question) throws IOException {
        process.outputWriter().append(question).append('\n').flush();
        return answers.readLine();
    }

    /** Returns the process's log and error output. */
    public String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}

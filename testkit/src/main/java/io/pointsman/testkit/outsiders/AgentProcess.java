package io.pointsman.testkit.outsiders;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** An agent in its own process on a site's node, with the kernel's figures of the process. Any thread may use it. */
public final class AgentProcess implements AutoCloseable {
    /** Longest wait, enough for a busy machine; never a measurement. */
    public static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final Duration PAGE_PATIENCE = Duration.ofSeconds(20);
    private static final long LOOK_MILLIS = 100;

    private final Site site;
    private final Path log;
    private final Process process;

    private AgentProcess(Site site, Path log, Process process) {
        this.site = site;
        this.log = log;
        this.process = process;
    }

    /** Starts an agent with these settings, and returns when it serves. */
    public static AgentProcess start(AgentBuild build, Site site, AgentLimits limits, Path config, Path log)
            throws IOException {
        Files.createDirectories(site.stateDirectory());
        final ProcessBuilder builder = new ProcessBuilder(limits.around(
                        build.command(limits.jvmFlags(), "run", "--quiet", "--config", config.toString()),
                        site.stateDirectory().toString()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        final AgentProcess agent = new AgentProcess(site, log, site.node().start(builder));
        try {
            agent.await("it serves", agent::serves);
        } catch (IOException | RuntimeException e) {
            agent.close();
            throw e;
        }
        return agent;
    }

    private boolean serves() {
        try {
            for (Target page : Site.pagesForNode()) {
                Objects.requireNonNull(Pages.get(site.node(), page, PAGE_PATIENCE));
            }
            new InnocentClient.Request(site.innocent(), Site.QUIET_VIP).run();
            return true;
        } catch (IOException _) {
            return false; // not yet
        }
    }

    /** A condition to wait for. */
    public interface Condition {
        boolean holds() throws IOException;
    }

    /**
     * Waits for a condition.
     *
     * @throws IOException with the agent's log, if the condition does not hold within {@link #PATIENCE} or the agent
     *     ends
     */
    public void await(String what, Condition condition) throws IOException {
        final long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            if (!isAlive() || System.nanoTime() - deadline > 0) {
                throw new IOException("waited in vain until " + what + ": the agent "
                        + (isAlive() ? "runs" : "ended with " + process.exitValue()) + " and said:\n" + said());
            }
            pause();
        }
    }

    private static void pause() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Returns the agent's status page. */
    public String status() throws IOException {
        return Pages.get(site.node(), Site.status(), PAGE_PATIENCE);
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    /** Returns its whole log. */
    public String said() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the number of lines logged so far. */
    public long logLines() {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns its resident memory; 0 if it has ended. */
    public long residentBytes() {
        try (Stream<String> lines = Files.lines(proc("status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                    .sum();
        } catch (IOException | UncheckedIOException _) {
            return 0; // it has ended
        }
    }

    /** Returns the number of its open descriptors. */
    public long descriptors() throws IOException {
        try (Stream<Path> files = Files.list(proc("fd"))) {
            return files.count();
        }
    }

    /** Returns the processor time it has used. */
    public double cpuSeconds() {
        return process.info()
                .totalCpuDuration()
                .map(used -> used.toNanos() / 1e9)
                .orElse(Double.NaN);
    }

    /** Returns a path to a file as the agent sees it, including its own file systems. */
    public Path asSeen(Path file) {
        return proc("root").resolve(file.toString().substring(1));
    }

    private Path proc(String file) {
        return Path.of("/proc", Long.toString(pid()), file);
    }

    /** Sends SIGTERM, and returns its exit code once it has ended; throws if it does not end in time. */
    public int terminate(Duration patience) throws IOException, InterruptedException {
        process.destroy();
        if (!process.waitFor(patience)) {
            throw new IOException("still there " + patience + " after SIGTERM; it said:\n" + said());
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}

package io.pointsman.bench.cluster;

import io.pointsman.bench.kernel.Memory;
import io.pointsman.linux.netns.NetworkNamespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A process in a namespace, controlled by lines of text, with the kernel's figures on it. Killed when closed. */
final class Child implements AutoCloseable {
    private static final int USER_TIME = 11; // index of a field of proc_pid_stat(5) after the name, from 0
    private static final double TICKS_PER_SECOND = 100; // USER_HZ, the same on every machine that runs JDK 25

    private final Process process;
    private final BufferedReader said;

    /**
     * Processor time so far.
     *
     * @param own of the process, in seconds
     * @param children of the programs that it ran and waited for, in seconds
     */
    record Cpu(double own, double children) {}

    private Child(Process process) {
        this.process = process;
        said = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Starts a process; its standard error goes to a file. */
    static Child start(NetworkNamespace namespace, List<String> command, Path errors) throws IOException {
        final ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        return new Child(namespace.call(builder::start));
    }

    /** Returns the next line that the process prints. */
    String line() throws IOException {
        final String line = said.readLine();
        if (line == null) {
            throw new IOException("a process that is measured ended: " + process.info());
        }
        return line;
    }

    void tell(String order) throws IOException {
        final Writer out = process.outputWriter(StandardCharsets.UTF_8);
        out.write(order + "\n");
        out.flush();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Returns the current resident memory. */
    double residentMebibytes() throws IOException {
        return Memory.residentMebibytes(process.pid());
    }

    /** Returns the peak of the resident memory so far. */
    double peakMebibytes() throws IOException {
        return Memory.peakMebibytes(process.pid());
    }

    Cpu cpu() throws IOException {
        final String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
        final String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return new Cpu(
                seconds(fields[USER_TIME]) + seconds(fields[USER_TIME + 1]),
                seconds(fields[USER_TIME + 2]) + seconds(fields[USER_TIME + 3]));
    }

    private static double seconds(String ticks) {
        return Double.parseDouble(ticks) / TICKS_PER_SECOND;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}

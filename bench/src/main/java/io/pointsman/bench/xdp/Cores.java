package io.pointsman.bench.xdp;

import io.pointsman.bench.kernel.Namespaces;
import io.pointsman.linux.netns.NetworkNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** Pins work to cores: sender and forwarder to different ones, if there are two. */
final class Cores {
    private static final boolean HAS_TWO = Runtime.getRuntime().availableProcessors() > 1;

    private Cores() {}

    /** Runs a task on the calling thread, which stays on the first core, with all threads that it starts meanwhile. */
    static <T> T onFirst(Callable<T> task) throws Exception {
        return on(0, task);
    }

    /** Runs a task on the second core; afterwards, the calling thread may use any core. */
    static <T> T onSecond(Callable<T> task) throws Exception {
        try {
            return on(1, task);
        } finally {
            pin("0-" + (Runtime.getRuntime().availableProcessors() - 1), thread());
        }
    }

    private static <T> T on(int core, Callable<T> task) throws Exception {
        if (HAS_TWO) {
            pin(Integer.toString(core), thread());
        }
        return task.call();
    }

    /** Makes a kernel thread on the second core receive the packets of an interface. */
    static void receiveOnSecond(NetworkNamespace namespace, String name) throws IOException {
        if (!HAS_TWO) {
            return;
        }
        Namespaces.run(
                namespace,
                "",
                "ip",
                "netns",
                "exec",
                namespace.name(),
                "sh",
                "-ec",
                "echo 1 > /sys/class/net/" + name + "/threaded");
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            final Path command = Path.of("/proc/" + process.pid() + "/comm");
            if (Files.exists(command) && Files.readString(command).startsWith("napi/" + name + "-")) {
                pin("1", process.pid());
            }
        }
    }

    /**
     * Returns the processor time of threads by name, in nanoseconds (sched-stats.rst): those of this process, and the
     * kernel's.
     *
     * @param start of their names, at most 15 characters
     */
    static long usedNanos(String start) throws IOException {
        long sum = 0;
        final List<Path> threads = new ArrayList<>();
        try (DirectoryStream<Path> own = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            own.forEach(threads::add);
        }
        ProcessHandle.allProcesses().forEach(process -> threads.add(Path.of("/proc/" + process.pid())));
        for (Path thread : threads) {
            if (comm(thread).startsWith(start)) {
                sum += Long.parseLong(
                        Files.readString(thread.resolve("schedstat")).split(" ", 2)[0]);
            }
        }
        return sum;
    }

    /** Returns a thread's name; empty if it has ended. */
    private static String comm(Path thread) throws IOException {
        try {
            return Files.readString(thread.resolve("comm"));
        } catch (NoSuchFileException _) {
            return "";
        }
    }

    private static long thread() throws IOException {
        return Long.parseLong(
                Path.of("/proc/thread-self").toRealPath().getFileName().toString());
    }

    private static void pin(String cores, long thread) throws IOException {
        final Process process = new ProcessBuilder(List.of("taskset", "-pc", cores, Long.toString(thread)))
                .redirectErrorStream(true)
                .start();
        final String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException("taskset: " + said.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}

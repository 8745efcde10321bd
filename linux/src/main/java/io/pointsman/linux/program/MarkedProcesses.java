package io.pointsman.linux.program;

import io.pointsman.linux.ProcessUser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Finds programs by marks in their environment. Any user can give processes such marks, so only those count that run as this
 * process's user and see the same files: what a container or another user runs does not.
 */
final class MarkedProcesses {
    private static final Path PROC = Path.of("/proc");
    private static final String MOUNTS = "ns/mnt";
    private static final String SELF = "self";
    /** Index of the start time after the bracketed name of proc_pid_stat(5): its field 22 is the 20th there. */
    private static final int START_TIME = 19;

    private static final int MAX_REREADS = 20;
    private static final long REREAD_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private MarkedProcesses() {}

    /** A marked process, with the value of the other mark that was asked for. */
    record Found(ProcessHandle process, String value) {}

    /**
     * Finds processes that have one mark, {@code name=value}, and another mark of this name.
     *
     * @throws IOException if the processes of this host can't be listed
     */
    static List<Found> find(String mark, String other) throws IOException {
        final int user = ProcessUser.current();
        final Path mounts = Files.readSymbolicLink(PROC.resolve(SELF).resolve(MOUNTS));
        final List<Found> found = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                final long pid = Long.parseLong(process.getFileName().toString());
                if (pid == ProcessHandle.current().pid()) {
                    continue;
                }
                valueOf(process, pid, user, mounts, mark, other).ifPresent(value -> ProcessHandle.of(pid)
                        .ifPresent(handle -> found.add(new Found(handle, value))));
            }
        }
        return found;
    }

    private static Optional<String> valueOf(Path process, long pid, int user, Path mounts, String mark, String other) {
        try {
            final Optional<String> value = value(process, mark, other);
            return value.isPresent()
                            && ProcessUser.of(pid) == user
                            && mounts.equals(Files.readSymbolicLink(process.resolve(MOUNTS)))
                    ? value
                    : Optional.empty();
        } catch (IOException _) {
            return Optional.empty(); // it ended, or is not ours to look into and so not ours
        }
    }

    private static Optional<String> value(Path process, String mark, String other) throws IOException {
        final String[] entries = environment(process).split("\0", -1);
        boolean isMarked = false;
        String value = null;
        for (String entry : entries) {
            isMarked |= entry.equals(raw(mark));
            if (entry.startsWith(other + "=")) {
                value = entry.substring(other.length() + 1);
            }
        }
        return isMarked ? Optional.ofNullable(value) : Optional.empty();
    }

    /**
     * Reads /proc/PID/environ. While the process executes another program (execve(2)) it is empty for a moment, or ends amid
     * an entry: then it is read again. It stays so for processes without a program (zombies, kernel threads), without an
     * environment, or which overwrote it.
     */
    private static String environment(Path process) throws IOException {
        byte[] bytes = Files.readAllBytes(process.resolve("environ"));
        for (int i = 0; i < MAX_REREADS && !isWhole(bytes) && Files.exists(process.resolve("exe")); i++) {
            LockSupport.parkNanos(REREAD_PAUSE_NANOS);
            bytes = Files.readAllBytes(process.resolve("environ"));
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static boolean isWhole(byte[] environment) {
        return environment.length > 0 && environment[environment.length - 1] == 0;
    }

    private static String raw(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** Returns an identifier of this process, unique in this boot: its id and start time in ticks since the boot. */
    static String self() throws IOException {
        return ProcessHandle.current().pid() + "@" + startTime(SELF);
    }

    /** Whether the process with this identifier is still running. */
    static boolean isAlive(String self) {
        final String[] words = self.split("@", 2);
        try {
            return words.length == 2 && Objects.equals(startTime(words[0]), words[1]);
        } catch (IOException _) {
            return false; // it has ended
        }
    }

    private static String startTime(String process) throws IOException {
        final String stat = Files.readString(PROC.resolve(process).resolve("stat"), StandardCharsets.ISO_8859_1);
        return stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1)[START_TIME];
    }
}

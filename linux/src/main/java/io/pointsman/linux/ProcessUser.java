package io.pointsman.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The effective user id of a process, from proc(5). Any thread. */
public final class ProcessUser {
    private static final String LINE = "Uid:";

    private ProcessUser() {}

    /** Returns the effective user id of this process. */
    public static int current() throws IOException {
        return parse(Files.readString(Path.of("/proc/self/status")));
    }

    /**
     * Returns the effective user id of another process.
     *
     * @throws IOException also if the process has ended
     */
    public static int of(long pid) throws IOException {
        return parse(Files.readString(Path.of("/proc/" + pid + "/status")));
    }

    /** Parses the second number of the line: real, effective, saved, file system. */
    static int parse(String status) throws IOException {
        for (String line : status.lines().toList()) {
            if (line.startsWith(LINE)) {
                return Integer.parseUnsignedInt(
                        line.substring(LINE.length()).strip().split("\\s+", 4)[1]);
            }
        }
        throw new IOException("no " + LINE + " line in the process's status");
    }
}

package io.pointsman.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The user that a process works as: its effective id, as proc(5) tells. Any thread. */
public final class ProcessUser {
    private static final String LINE = "Uid:";

    private ProcessUser() {}

    /** Of this process. */
    public static int current() throws IOException {
        return parse(Files.readString(Path.of("/proc/self/status")));
    }

    /**
     * Of another one.
     *
     * @throws IOException also when it has ended
     */
    public static int of(long pid) throws IOException {
        return parse(Files.readString(Path.of("/proc/" + pid + "/status")));
    }

    /** The second number: real, effective, saved, file system. */
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

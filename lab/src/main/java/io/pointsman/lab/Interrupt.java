package io.pointsman.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** State of SIGINT, which Ctrl-C sends. */
final class Interrupt {
    private static final long SIGINT_BIT = 1L << (2 - 1);
    private static final String IGNORED = "SigIgn:";

    private Interrupt() {}

    /**
     * Whether this process ignores SIGINT: a background process started by a shell without job control, such as a script,
     * inherits that (POSIX, shell command language, section 2.12), and the JVM keeps it.
     */
    static boolean isIgnored() throws IOException {
        return isIgnored(Files.readAllLines(Path.of("/proc/self/status")));
    }

    /** @param status lines of {@code /proc/PID/status} */
    static boolean isIgnored(List<String> status) throws IOException {
        for (String line : status) {
            if (line.startsWith(IGNORED)) {
                final String mask = line.substring(IGNORED.length()).strip();
                return (Long.parseUnsignedLong(mask, 16) & SIGINT_BIT) != 0;
            }
        }
        throw new IOException("the kernel does not tell which signals are ignored: " + status);
    }
}

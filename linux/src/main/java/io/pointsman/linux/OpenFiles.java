package io.pointsman.linux;

import io.pointsman.linux.libc.LimitCalls;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The file descriptors of this process: how many it may have, and has. Any thread. */
public final class OpenFiles {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private OpenFiles() {}

    /**
     * How many descriptors this process may have, its soft limit raised to the hard one, which takes no privilege (setrlimit(2)).
     * Where it can't be raised, what there is.
     */
    public static long raiseLimit() throws KernelException {
        final long[] limits = LimitCalls.openFiles();
        final long soft = limits[0];
        final long hard = limits[1];
        if (Long.compareUnsigned(soft, hard) >= 0) {
            return signed(soft);
        }
        try {
            LimitCalls.openFiles(hard, hard);
            return signed(hard);
        } catch (KernelException _) { // above the sysctl fs.nr_open, or forbidden by a filter: the soft one stands
            return signed(soft);
        }
    }

    private static long signed(long limit) {
        return limit < 0 ? Long.MAX_VALUE : limit;
    }

    /** How many descriptors this process has now, the one that this takes not counted. */
    public static int count() throws IOException {
        int count = 0;
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
            for (Path _ : descriptors) {
                count++;
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return count - 1;
    }
}

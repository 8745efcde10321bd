package io.pointsman.linux;

import io.pointsman.linux.libc.LimitCalls;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Number and limit of this process's file descriptors. Any thread. */
public final class OpenFiles {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private OpenFiles() {}

    /**
     * Raises the soft limit on file descriptors to the hard limit, which takes no privilege (setrlimit(2)), and returns the
     * limit now in force. If it can't be raised, the soft limit stays.
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

    /** Returns the number of this process's open descriptors, without the one that counting them takes. */
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

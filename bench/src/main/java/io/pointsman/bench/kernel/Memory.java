package io.pointsman.bench.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory of a process, as the kernel reports it. */
public final class Memory {
    private static final double MEBIBYTE_IN_KIB = 1024;

    private Memory() {}

    /** Returns a process's current resident memory, in MiB. */
    public static double residentMebibytes(long pid) throws IOException {
        return mebibytes(pid, "VmRSS:");
    }

    /** Returns the peak of a process's resident memory so far, in MiB. */
    public static double peakMebibytes(long pid) throws IOException {
        return mebibytes(pid, "VmHWM:");
    }

    private static double mebibytes(long pid, String field) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                        .filter(line -> line.startsWith(field))
                        .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")))
                        .sum()
                / MEBIBYTE_IN_KIB;
    }
}

package io.pointsman.bench.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel says of a process' memory. */
public final class Memory {
    private static final double MEBIBYTE_IN_KIB = 1024;

    private Memory() {}

    /** What is in memory of a process now, in MiB. */
    public static double residentMebibytes(long pid) throws IOException {
        return mebibytes(pid, "VmRSS:");
    }

    /** The most that was in memory of it so far, in MiB. */
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

package io.pointsman.linux.ownership;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What tells the machine's present boot from all others (random(4)). */
final class BootId {
    private static final Path FILE = Path.of("/proc/sys/kernel/random/boot_id");
    /** Nothing is of another boot then. */
    static final String UNKNOWN = "unknown";

    private BootId() {}

    static String current() {
        try {
            return Files.readString(FILE).strip();
        } catch (IOException _) {
            return UNKNOWN;
        }
    }
}

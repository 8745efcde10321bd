package io.pointsman.linux.ownership;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Identifier of the machine's present boot (random(4)). */
final class BootId {
    private static final Path FILE = Path.of("/proc/sys/kernel/random/boot_id");
    /** Value if the id can't be read; then no record counts as one of another boot. */
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

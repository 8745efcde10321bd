package io.pointsman.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Capabilities of a thread. A capability counts in the user namespace that owns the network namespace, so the kernel may
 * still refuse a thread that has it.
 *
 * @param effective the set as bits, CapEff of proc(5)
 */
public record ProcessCapabilities(long effective) {
    private static final String LINE = "CapEff:";

    /** Reads the capabilities of the calling thread. */
    public static ProcessCapabilities current() throws IOException {
        return parse(Files.readString(Path.of("/proc/thread-self/status")));
    }

    static ProcessCapabilities parse(String status) throws IOException {
        for (String line : status.lines().toList()) {
            if (line.startsWith(LINE)) {
                return new ProcessCapabilities(
                        Long.parseUnsignedLong(line.substring(LINE.length()).strip(), 16));
            }
        }
        throw new IOException("no " + LINE + " line in the thread's status");
    }

    public boolean has(Capability capability) {
        return (effective >>> capability.bit() & 1) != 0;
    }
}

package io.pointsman.spi.userspace.tcp;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file descriptor held for the moment when the process has none left: given up, it lets one more client be accepted, who
 * is then told at once and not left to wait. On one event loop only.
 */
public final class SpareDescriptor {
    private static final Path NOTHING = Path.of("/dev/null");

    private @Nullable FileChannel held;

    public SpareDescriptor() {
        fill();
    }

    /** Gives it up; false when it is not there. */
    boolean lend() {
        final FileChannel given = held;
        if (given == null) {
            return false;
        }
        held = null;
        try {
            given.close();
        } catch (IOException _) {
            // The descriptor is free all the same (close(2)).
        }
        return true;
    }

    /** Takes it back, if there is one to be had. */
    void fill() {
        if (held == null) {
            try {
                held = FileChannel.open(NOTHING);
            } catch (IOException _) {
                // Others were faster. Until the next time, clients wait where before they were told.
            }
        }
    }

    public void close() {
        lend();
    }
}

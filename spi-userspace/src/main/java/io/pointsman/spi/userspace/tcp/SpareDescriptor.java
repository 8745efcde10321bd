package io.pointsman.spi.userspace.tcp;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * File descriptor in reserve for when the process has none left. Giving it up allows accepting one more client, which is
 * then reset at once instead of waiting. On one event loop only.
 */
public final class SpareDescriptor {
    private static final Path NOTHING = Path.of("/dev/null");

    private @Nullable FileChannel held;

    public SpareDescriptor() {
        fill();
    }

    /** Gives the descriptor up; false if it is not held. */
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

    /** Takes a descriptor again if one is available. */
    void fill() {
        if (held == null) {
            try {
                held = FileChannel.open(NOTHING);
            } catch (IOException _) {
                // Other sockets took it. Until the next try, clients wait instead of being reset.
            }
        }
    }

    public void close() {
        lend();
    }
}

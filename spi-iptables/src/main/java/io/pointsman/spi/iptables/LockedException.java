package io.pointsman.spi.iptables;

import java.io.IOException;

/** Another program held the lock for all the time that we waited: nothing is wrong with what was to be written. */
final class LockedException extends IOException {
    private static final long serialVersionUID = 1L;

    LockedException(String message) {
        super(message);
    }
}

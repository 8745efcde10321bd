package io.pointsman.linux.iptables;

import java.io.IOException;

/** Another program held the lock for all the time that we waited: nothing is wrong with what was to be written. */
public final class LockedException extends IOException {
    private static final long serialVersionUID = 1L;

    public LockedException(String message) {
        super(message);
    }
}

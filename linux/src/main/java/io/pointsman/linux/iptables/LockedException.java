package io.pointsman.linux.iptables;

import java.io.IOException;

/** Failure because another program held the lock for the whole wait; the rules to write may be correct. */
public final class LockedException extends IOException {
    private static final long serialVersionUID = 1L;

    public LockedException(String message) {
        super(message);
    }
}

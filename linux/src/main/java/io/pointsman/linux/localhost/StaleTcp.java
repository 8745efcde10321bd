package io.pointsman.linux.localhost;

/** Policy for TCP connections to endpoints that no longer serve. */
public enum StaleTcp {
    /** Leaves them until one end closes them. */
    KEEP,
    /** Resets them. */
    CUT
}

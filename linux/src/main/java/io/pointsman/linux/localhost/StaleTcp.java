package io.pointsman.linux.localhost;

/** What becomes of TCP connections to endpoints that no longer serve. */
public enum StaleTcp {
    /** They go on for as long as both ends do. */
    KEEP,
    /** They are reset. */
    CUT
}

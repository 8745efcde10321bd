package io.pointsman.linux.ipvs;

import java.util.Objects;

/**
 * Settings of a virtual server.
 *
 * @param scheduler the kernel's name
 * @param flags IP_VS_SVC_F_*
 * @param timeoutSeconds how long a client keeps its destination, if {@link #PERSISTENT}; else 0
 */
public record ServerSpec(String scheduler, int flags, int timeoutSeconds) {
    /** Flag that a client keeps its destination. The numbers are {@code include/uapi/linux/ip_vs.h}'s. */
    public static final int PERSISTENT = 1;
    /** Flag of {@code sh} and {@code mh}: a client whose destination is out of service goes to another one. */
    public static final int FALLBACK = 8;
    /** Flag of {@code sh} and {@code mh}: a client's port counts as well as its address. */
    public static final int PORT = 16;
    /** Flags that are ours to set; the kernel has others of its own. */
    static final int SETTABLE = PERSISTENT | 4 | FALLBACK | 16 | 32;

    public ServerSpec {
        Objects.requireNonNull(scheduler, "scheduler");
    }
}

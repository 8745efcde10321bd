package io.pointsman.linux.bpf;

/** Point at which an interface runs its program. */
public enum XdpMode {
    /**
     * Runs it in the network stack, before everything else there; every interface supports it. Frames of a veth peer that
     * leaves checksums or segmentation to others are dropped on their way into an AF_XDP socket.
     */
    GENERIC(2),
    /** Runs it in the driver, before the frame becomes a packet of the stack. */
    NATIVE(4);

    private final int flags; // XDP_FLAGS_*_MODE

    XdpMode(int flags) {
        this.flags = flags;
    }

    int flags() {
        return flags;
    }
}

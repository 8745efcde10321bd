package io.pointsman.linux.bpf;

/** Where an interface runs its program. */
public enum XdpMode {
    /**
     * In the network stack, before anything else there; every interface can. The frames of a veth peer that leaves checksums or
     * segmentation to others are dropped on their way into an AF_XDP socket.
     */
    GENERIC(2),
    /** In the driver, before the frame becomes a packet of the stack. */
    NATIVE(4);

    private final int flags; // XDP_FLAGS_*_MODE

    XdpMode(int flags) {
        this.flags = flags;
    }

    int flags() {
        return flags;
    }
}

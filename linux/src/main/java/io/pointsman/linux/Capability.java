package io.pointsman.linux;

/** Privileges of a process that this project checks for ({@code include/uapi/linux/capability.h}). */
public enum Capability {
    NET_BIND_SERVICE(10),
    NET_ADMIN(12),
    NET_RAW(13),
    IPC_LOCK(14),
    SYS_MODULE(16),
    SYS_ADMIN(21),
    BPF(39);

    private final int bit;

    Capability(int bit) {
        this.bit = bit;
    }

    int bit() {
        return bit;
    }
}

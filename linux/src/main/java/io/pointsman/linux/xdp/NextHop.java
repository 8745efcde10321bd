package io.pointsman.linux.xdp;

import java.util.Objects;

/**
 * Where a packet leaves this host.
 *
 * @param linkIndex of the interface
 * @param neighbour six bytes: the hardware address of who gets it there
 * @param own six bytes: the interface's hardware address
 */
public record NextHop(int linkIndex, HardwareAddress neighbour, HardwareAddress own) {
    public NextHop {
        Objects.requireNonNull(neighbour, "neighbour");
        Objects.requireNonNull(own, "own");
    }

    /**
     * Six bytes.
     *
     * @param bits the 48 of them, first byte highest
     */
    public record HardwareAddress(long bits) {}

    /** The first eight bytes of an Ethernet header for it, the first one lowest. */
    public long headerStart() {
        return Long.reverseBytes(neighbour.bits << 16 | own.bits >>> 32);
    }

    /** The four bytes after those, likewise. */
    public int headerMiddle() {
        return Integer.reverseBytes((int) own.bits);
    }
}

package io.pointsman.linux.xdp;

import java.util.Objects;

/**
 * Next hop of a packet that leaves this host.
 *
 * @param linkIndex index of the output interface
 * @param neighbour hardware address of the next hop, six bytes
 * @param own hardware address of the interface, six bytes
 */
public record NextHop(int linkIndex, HardwareAddress neighbour, HardwareAddress own) {
    public NextHop {
        Objects.requireNonNull(neighbour, "neighbour");
        Objects.requireNonNull(own, "own");
    }

    /**
     * A hardware address of six bytes.
     *
     * @param bits its 48 bits, first byte highest
     */
    public record HardwareAddress(long bits) {}

    /** The first eight bytes of an Ethernet header to this hop, first byte lowest. */
    public long headerStart() {
        return Long.reverseBytes(neighbour.bits << 16 | own.bits >>> 32);
    }

    /** The next four bytes of that header, first byte lowest. */
    public int headerMiddle() {
        return Integer.reverseBytes((int) own.bits);
    }
}

package io.pointsman.examples.packetagent;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.socket.RawSocket;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.packet.RawMemory;

/**
 * Passes whole packets to the kernel for routing: those whose neighbour it has yet to find, those that leave by other
 * interfaces, those to this host itself, and replies to rejected ones. Allocates.
 */
final class StackSender implements AutoCloseable {
    private static final int IPPROTO_RAW = 255; // packets include their IP header (raw(7))

    private final RawSocket ipv4;
    private final RawSocket ipv6;

    private StackSender(RawSocket ipv4, RawSocket ipv6) {
        this.ipv4 = ipv4;
        this.ipv6 = ipv6;
    }

    static StackSender open() throws KernelException {
        final RawSocket ipv4 = RawSocket.open(IpFamily.IPV4, IPPROTO_RAW);
        try {
            return new StackSender(ipv4, RawSocket.open(IpFamily.IPV6, IPPROTO_RAW));
        } catch (KernelException e) {
            ipv4.close();
            throw e;
        }
    }

    /** Sends a packet; its length is in its header. */
    void send(long packet) throws KernelException {
        final byte[] bytes = new byte[Headers.length(packet)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) RawMemory.getByte(packet + i);
        }
        send(bytes, NextHops.destination(packet, Headers.isIpv4(packet)));
    }

    private void send(byte[] packet, IpAddress destination) throws KernelException {
        (destination.isIpv4() ? ipv4 : ipv6).send(destination, packet);
    }

    @Override
    public void close() {
        ipv4.close();
        ipv6.close();
    }
}

package io.pointsman.linux.socket;

import io.pointsman.linux.AddressFamily;
import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.FileCalls;
import io.pointsman.linux.libc.SocketCalls;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * A socket for packets of one IP protocol that the kernel itself does not implement (raw(7)). Belongs to the network
 * namespace of the thread that opened it and needs CAP_NET_RAW there. Used by one thread at a time.
 *
 * <p>While one is open, the host does not reply to packets of that protocol with ICMP protocol unreachable.
 */
public final class RawSocket implements AutoCloseable {
    private static final int SOCKADDR_IN_BYTES = 16;
    private static final int SOCKADDR_IN6_BYTES = 28;
    private static final int PACKET_BYTES = 1 << 16;
    private static final int IPV4_SOURCE_OFFSET = 12;

    private final IpFamily family;
    private final int protocol;
    private final int fd;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(PACKET_BYTES);
    private final MemorySegment from = arena.allocate(SOCKADDR_IN6_BYTES, Integer.BYTES);
    private boolean closed;

    /**
     * A received packet.
     *
     * @param payload what follows the IP header
     */
    public record Packet(IpAddress source, ByteBuffer payload) {}

    private RawSocket(IpFamily family, int protocol, int fd) {
        this.family = family;
        this.protocol = protocol;
        this.fd = fd;
    }

    /** Opens a socket; {@code protocol} is an IP protocol number, 1 to 255. */
    public static RawSocket open(IpFamily family, int protocol) throws KernelException {
        final int domain = AddressFamily.number(family);
        return new RawSocket(family, protocol, SocketCalls.socket(domain, SocketCalls.SOCK_RAW, protocol));
    }

    /** Binds the socket: it receives only packets to this address, and sends from it. */
    public void bind(IpAddress address) throws KernelException {
        requireOpen();
        try (Arena temporary = Arena.ofConfined()) {
            SocketCalls.bind(fd, address(address, temporary));
        }
    }

    /**
     * Connects the socket: it receives only packets from this address, and ICMP errors about packets sent there, as
     * failures.
     */
    public void connect(IpAddress address) throws KernelException {
        requireOpen();
        try (Arena temporary = Arena.ofConfined()) {
            SocketCalls.connect(fd, address(address, temporary), "connecting " + this + " to " + address);
        }
    }

    /** Sends a packet with this payload after the IP header. */
    public void send(IpAddress to, byte[] payload) throws KernelException {
        requireOpen();
        try (Arena temporary = Arena.ofConfined()) {
            final MemorySegment message = temporary.allocateFrom(ValueLayout.JAVA_BYTE, payload);
            SocketCalls.send(fd, message, 0, address(to, temporary), "sending to " + to + " by " + this);
        }
    }

    /**
     * Waits for a packet; empty if none came in time.
     *
     * @throws KernelException {@code ECONNREFUSED}, {@code EHOSTUNREACH} and the like if an ICMP error came instead
     */
    public Optional<Packet> receive(Duration patience) throws KernelException {
        requireOpen();
        if (FileCalls.poll(Math.toIntExact(Math.max(0, patience.toMillis())), fd) < 0) {
            return Optional.empty();
        }
        try {
            final long length = SocketCalls.receive(fd, buffer, SocketCalls.MSG_DONTWAIT, from, "receiving by " + this);
            final byte[] bytes = buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
            return family == IpFamily.IPV4 ? ipv4(bytes) : Optional.of(ipv6(bytes));
        } catch (KernelException e) {
            if (e.is(Errno.EAGAIN)) {
                return Optional.empty(); // taken back: its checksum was wrong
            }
            throw e;
        }
    }

    /** Splits off the IPv4 header, which the kernel delivers with the payload; an IPv6 header it does not deliver. */
    private static Optional<Packet> ipv4(byte[] bytes) {
        final int headerBytes = bytes.length == 0 ? 0 : (bytes[0] & 0xF) * 4;
        if (headerBytes < IPV4_SOURCE_OFFSET + 8 || bytes.length < headerBytes) {
            return Optional.empty();
        }
        final byte[] source = Arrays.copyOfRange(bytes, IPV4_SOURCE_OFFSET, IPV4_SOURCE_OFFSET + 4);
        return Optional.of(new Packet(
                IpAddress.ofBytes(source),
                ByteBuffer.wrap(bytes, headerBytes, bytes.length - headerBytes).slice()));
    }

    private Packet ipv6(byte[] bytes) {
        return new Packet(
                IpAddress.ofBytes(from.asSlice(8, 16).toArray(ValueLayout.JAVA_BYTE)), ByteBuffer.wrap(bytes));
    }

    /** Throws if closed: the descriptor's number may belong to another file by now. */
    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(this + " is closed");
        }
    }

    /** Creates a native socket address, with port 0 as for every raw socket. */
    private MemorySegment address(IpAddress address, Arena in) {
        if (address.family() != family) {
            throw new IllegalArgumentException(address + " is not an " + family + " address, as " + this + " takes");
        }
        final boolean isIpv4 = family == IpFamily.IPV4;
        final MemorySegment sockaddr = in.allocate(isIpv4 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES, Integer.BYTES);
        sockaddr.set(ValueLayout.JAVA_SHORT, 0, (short) AddressFamily.number(family));
        final byte[] bytes = address.toBytes();
        MemorySegment.copy(bytes, 0, sockaddr, ValueLayout.JAVA_BYTE, isIpv4 ? 4 : 8, bytes.length);
        return sockaddr;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            FileCalls.close(fd);
            arena.close();
        }
    }

    @Override
    public String toString() {
        return "a raw " + family + " socket of protocol " + protocol;
    }
}

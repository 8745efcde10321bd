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
 * Packets of one IP protocol, written and read by hand (raw(7)): for protocols that the kernel itself does not speak. Belongs
 * to the network namespace of the thread that opened it and needs CAP_NET_RAW there. Used by one thread at a time.
 *
 * <p>A host where one is open does not answer that protocol with ICMP protocol unreachable.
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
     * A packet as it came in.
     *
     * @param payload what follows the IP header
     */
    public record Packet(IpAddress source, ByteBuffer payload) {}

    private RawSocket(IpFamily family, int protocol, int fd) {
        this.family = family;
        this.protocol = protocol;
        this.fd = fd;
    }

    /** Opens it; {@code protocol} is an IP protocol number, 1 to 255. */
    public static RawSocket open(IpFamily family, int protocol) throws KernelException {
        final int domain = AddressFamily.number(family);
        return new RawSocket(family, protocol, SocketCalls.socket(domain, SocketCalls.SOCK_RAW, protocol));
    }

    /** Receives only what is for this address, and sends from it. */
    public void bind(IpAddress address) throws KernelException {
        requireOpen();
        try (Arena temporary = Arena.ofConfined()) {
            SocketCalls.bind(fd, address(address, temporary));
        }
    }

    /** Receives only what comes from this address, and the ICMP errors about what goes there: as failures. */
    public void connect(IpAddress address) throws KernelException {
        requireOpen();
        try (Arena temporary = Arena.ofConfined()) {
            SocketCalls.connect(fd, address(address, temporary), "connecting " + this + " to " + address);
        }
    }

    /** Sends what is to follow the IP header. */
    public void send(IpAddress to, byte[] payload) throws KernelException {
        requireOpen();
        try (Arena temporary = Arena.ofConfined()) {
            final MemorySegment message = temporary.allocateFrom(ValueLayout.JAVA_BYTE, payload);
            SocketCalls.send(fd, message, 0, address(to, temporary), "sending to " + to + " by " + this);
        }
    }

    /**
     * Waits for a packet; empty when none came in time.
     *
     * @throws KernelException {@code ECONNREFUSED}, {@code EHOSTUNREACH} and the like when an ICMP error came in its place
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

    /** IPv4 hands the header over too. */
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

    /** The descriptor's number may be another's by now. */
    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(this + " is closed");
        }
    }

    /** The port of a raw socket's address is 0. */
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

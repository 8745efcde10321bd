package io.pointsman.spi.userspace.udp;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A UDP socket on an event loop. A datagram goes at once or is lost; none is kept, and those without payload are datagrams
 * like others (RFC 768), which Netty's channels don't pass on. On its event loop only.
 */
public abstract sealed class UdpSocket permits EpollUdpSocket, NioUdpSocket {
    /** Of one readiness event, so that a flood at one socket leaves time for others. */
    static final int MOST_AT_ONCE = 16;

    /** Who gets what comes. */
    public interface Receiver {
        /** The bytes from position to limit; they are of no use after. */
        void received(ByteBuffer datagram, InetSocketAddress from);

        /** That was all for the moment. */
        void drained();

        /** The kernel told of an error, a refusal by the other side most often, or carrying a datagram threw one. */
        void failed(Throwable cause);

        /** The event loop ends. */
        void gone();
    }

    /** Takes datagrams at this address from anybody. At failure it is to be closed. */
    abstract void bind(InetSocketAddress address) throws IOException;

    /** Takes datagrams from this address only. At failure it is to be closed. */
    abstract void connect(InetSocketAddress to, @Nullable InetSocketAddress source) throws IOException;

    /** Its descriptor, -1 where there is none to be seen. */
    abstract int descriptor();

    /** Sends what is from position to limit, to whom it is connected. */
    abstract void send(ByteBuffer datagram) throws IOException;

    /** Sends what is from position to limit. */
    abstract void send(ByteBuffer datagram, InetSocketAddress to) throws IOException;

    /** Whether it still knows whom it is connected to; asked after an error. */
    abstract boolean hasPeer();

    abstract boolean isOpen();

    /** Closes unless closed. */
    abstract void close();
}

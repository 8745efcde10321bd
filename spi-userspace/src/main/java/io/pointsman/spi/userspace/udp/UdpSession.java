package io.pointsman.spi.userspace.udp;

import io.netty.channel.ChannelException;
import io.netty.channel.unix.Errors;
import io.pointsman.linux.Errno;
import io.pointsman.nat.ConnectDecision;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.spi.userspace.loop.ProxyContext;
import io.pointsman.spi.userspace.loop.RareWarning;
import io.pointsman.spi.userspace.loop.Sockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Session of one client at one UDP frontend, with its own socket to the endpoint, so that answers can be assigned to the
 * client. On its listener's event loop only.
 */
final class UdpSession {
    private static final Logger LOG = LoggerFactory.getLogger(UdpSession.class);
    private static final RareWarning NO_SOCKET =
            new RareWarning(LOG, "no socket can be opened to {}, a datagram is lost ({} times before)");
    private static final RareWarning FAILED =
            new RareWarning(LOG, "a datagram between {} and its endpoint is lost ({} times before)");
    private static final int MOST_COUNTED = 1 << 30;
    private static final int MOST_DIALS = 64; // for one datagram

    /**
     * Time after which a session with answers is a stream, as in nf_conntrack (Linux
     * net/netfilter/nf_conntrack_proto_udp.c).
     */
    private static final long STREAM_AFTER_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** State of a session, for its timeout and for eviction. */
    enum Phase {
        /** A datagram of the client is unanswered. */
        WAITING,
        /** All queries are answered, and the session is not a stream. */
        OVER,
        /** Answered, and still going on after {@link #STREAM_AFTER_NANOS}. */
        STREAM
    }

    private final ProxyContext proxy;
    private final UdpListener listener;
    private final InetSocketAddress client;
    private @Nullable Set<PoolEndpoint> unreachable; // none until the first was
    private ConnectDecision.@Nullable Forward choice;
    private @Nullable UdpSocket upstream; // the one in use
    private @Nullable Phase listedAs; // phase under which its event loop lists it
    private boolean ended;
    private int unansweredDatagrams;
    private boolean replied;
    private int sentBytes; // since the last report to the engine
    private int receivedBytes;
    private long firstDatagramNanos;
    private long lastDatagramNanos;

    UdpSession(ProxyContext proxy, UdpListener listener, InetSocketAddress client) {
        this.proxy = proxy;
        this.listener = listener;
        this.client = client;
    }

    InetSocketAddress client() {
        return client;
    }

    PoolEndpoint endpoint() {
        return choice().endpoint();
    }

    private ConnectDecision.Forward choice() {
        return Objects.requireNonNull(choice, "a session has an endpoint from its first dial");
    }

    @Nullable
    Phase listedAs() {
        return listedAs;
    }

    void listedAs(@Nullable Phase phase) {
        this.listedAs = phase;
    }

    Phase phase() {
        if (replied && lastDatagramNanos - firstDatagramNanos > STREAM_AFTER_NANOS) {
            return Phase.STREAM;
        }
        return unansweredDatagrams > 0 ? Phase.WAITING : Phase.OVER;
    }

    long lastDatagramNanos() {
        return lastDatagramNanos;
    }

    void lastDatagramNanos(long nanos) {
        lastDatagramNanos = nanos;
    }

    /**
     * Connects the session to its first endpoint; false if it has to be ended, for want of an endpoint, a socket or room.
     */
    boolean begin(ConnectDecision.Forward forward, boolean hasRoom) {
        choice = forward;
        firstDatagramNanos = proxy.nanoTime();
        return hasRoom && dial(forward);
    }

    /** Connects the session to an endpoint, or to another if that fails; false if none can be reached. */
    private boolean dial(ConnectDecision.Forward first) {
        ConnectDecision.Forward forward = first;
        for (int left = MOST_DIALS; left > 0; left--) {
            choice = forward;
            final UdpSocket socket = newSocket(forward);
            if (socket == null) {
                return false;
            }
            final @Nullable InetSocketAddress source = proxy.host().sourceOf(client, forward);
            if (source != null && !Sockets.borrow(socket.descriptor(), source)) {
                socket.close();
                return false;
            }
            try {
                socket.connect(Sockets.address(forward.endpoint()), source);
                upstream = socket;
                return true;
            } catch (IOException e) {
                LOG.debug("no route to {}", forward.endpoint(), e);
                socket.close();
            }
            if (!(another() instanceof ConnectDecision.Forward next)) {
                return false;
            }
            forward = next;
        }
        return false;
    }

    private @Nullable UdpSocket newSocket(ConnectDecision.Forward forward) {
        try {
            return open(forward);
        } catch (ChannelException e) { // an older session makes room for the client's next datagram
            NO_SOCKET.warn(forward.endpoint(), e);
            listener.relayLoop().udpSessions().evict();
            return null;
        }
    }

    private UdpSocket open(ConnectDecision.Forward forward) {
        final Upstream receiver = new Upstream();
        receiver.socket =
                proxy.transport().newUdpSocket(forward.endpoint().address().family(), listener.relayLoop(), receiver);
        return receiver.socket;
    }

    /** Sends the bytes from position to limit. A datagram that can't be sent now is lost. */
    void send(ByteBuffer datagram) {
        final UdpSocket to = upstream;
        if (ended || to == null) {
            return;
        }
        sentBytes += datagram.remaining();
        unansweredDatagrams = Math.min(unansweredDatagrams + 1, MOST_COUNTED);
        listener.relayLoop().udpSessions().touch(this);
        try {
            to.send(datagram);
        } catch (IOException e) {
            failed(to, e);
        }
    }

    /** Reports the bytes since the last report to the engine. */
    void report() {
        if (!ended) {
            proxy.engine().transferred(choice().flow(), sentBytes, receivedBytes, proxy.nanoTime());
            sentBytes = 0;
            receivedBytes = 0;
        }
    }

    private void failed(UdpSocket which, Throwable cause) {
        if (isRefusal(cause) && which.equals(upstream) && !ended) {
            tryAnother(which);
        } else if (cause instanceof IOException) {
            FAILED.debug(client, cause);
            if (which.equals(upstream) && !ended && !which.hasPeer()) {
                renew(which);
            }
        } else {
            FAILED.warn(client, cause);
        }
    }

    private static boolean isRefusal(Throwable cause) {
        return cause instanceof PortUnreachableException
                || (cause instanceof Errors.NativeIoException error
                        && -error.expectedErr() == Errno.ECONNREFUSED.number());
    }

    /** Moves to another endpoint after a refusal. The refused datagram is lost, as it would be without a proxy. */
    private void tryAnother(UdpSocket old) {
        upstream = null;
        old.close();
        if (!(another() instanceof ConnectDecision.Forward forward) || !dial(forward)) {
            end();
        }
    }

    /** Replaces a socket that another program ended (SOCK_DESTROY); the endpoint stays, as it may be healthy. */
    private void renew(UdpSocket old) {
        upstream = null;
        old.close();
        if (!dial(choice())) {
            end();
        }
    }

    private ConnectDecision another() {
        if (unreachable == null) {
            unreachable = new HashSet<>();
        }
        unreachable.add(endpoint());
        return proxy.engine().retry(choice().flow(), unreachable, proxy.nanoTime());
    }

    /** Ends the session: the client's next datagram starts a new one. */
    void end() {
        if (ended) {
            return;
        }
        report();
        ended = true;
        listener.remove(this);
        proxy.engine().disconnect(choice().flow(), proxy.nanoTime());
        if (upstream != null) {
            upstream.close();
        }
    }

    private void answered(ByteBuffer datagram) {
        if (!replied) {
            replied = true;
            unreachable = null;
            proxy.engine().established(choice().flow(), proxy.nanoTime());
        }
        receivedBytes += datagram.remaining();
        unansweredDatagrams = Math.max(0, unansweredDatagrams - 1);
        listener.relayLoop().udpSessions().touch(this);
        listener.reply(client, datagram);
    }

    /** Receiver for one socket to the endpoint; ignores events of a socket that has been replaced. */
    private final class Upstream implements UdpSocket.Receiver {
        private @Nullable UdpSocket socket;

        private boolean isCurrent() {
            return socket != null && socket.equals(upstream) && !ended;
        }

        @Override
        public void received(ByteBuffer datagram, InetSocketAddress from) {
            if (isCurrent()) {
                answered(datagram);
            }
        }

        @Override
        public void drained() {
            if (isCurrent()) {
                report();
            }
        }

        @Override
        public void failed(Throwable cause) {
            if (socket != null) {
                UdpSession.this.failed(socket, cause);
            }
        }

        @Override
        public void gone() {
            if (isCurrent()) {
                end();
            }
        }
    }
}

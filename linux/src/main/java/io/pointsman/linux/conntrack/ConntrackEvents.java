package io.pointsman.linux.conntrack;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.Sysctl;
import io.pointsman.linux.netlink.MessageWriter;
import io.pointsman.linux.netlink.NetlinkMessage;
import io.pointsman.linux.netlink.NetlinkProtocol;
import io.pointsman.linux.netlink.NetlinkSocket;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Events about tracked connections that start and end in one network namespace, that of the thread that opens it. Read by
 * one thread; {@link #close} from any other thread ends a wait.
 *
 * <p>With {@code nf_conntrack_events} = 2, the default, the kernel reports nothing, not even the end, of connections that
 * began while no program in the network namespace was subscribed; with 1 it does.
 *
 * <p>The kernel drops events rather than wait: after {@link NetlinkSocket.Received#OVERRUN} list the table again.
 */
public final class ConntrackEvents implements AutoCloseable {
    private static final String SWITCH = "net.netfilter.nf_conntrack_events";
    private static final int GROUP_NEW = 1; // NFNLGRP_CONNTRACK_NEW
    private static final int GROUP_DESTROY = 3;
    private static final int BUFFER_BYTES = 4 << 20;

    private final NetlinkSocket socket;

    private ConntrackEvents(NetlinkSocket socket) {
        this.socket = socket;
    }

    /**
     * Subscribes in the calling thread's network namespace; needs CAP_NET_ADMIN there.
     *
     * @throws KernelException also if events are switched off, because none would ever come
     */
    public static ConntrackEvents open() throws KernelException {
        requireEvents();
        final NetlinkSocket socket = NetlinkSocket.open(NetlinkProtocol.NETFILTER);
        try {
            socket.subscribe(GROUP_NEW, BUFFER_BYTES, "subscribing to connections that come");
            socket.subscribe(GROUP_DESTROY, BUFFER_BYTES, "subscribing to connections that go");
        } catch (KernelException e) {
            socket.close();
            throw e;
        }
        return new ConntrackEvents(socket);
    }

    private static void requireEvents() throws KernelException {
        try {
            if (Sysctl.read(SWITCH).filter("0"::equals).isPresent()) {
                throw new KernelException(
                        "subscribing to connection events", Errno.EOPNOTSUPP, SWITCH + " is 0; set it to 1 or 2");
            }
        } catch (KernelException e) {
            throw e;
        } catch (IOException _) {
            // if the setting can't be read it is unknown; subscribing reports other errors
        }
    }

    /** Waits at most this long for events and passes them on, in order, on the calling thread. */
    public NetlinkSocket.Received receive(int timeoutMillis, Consumer<ConntrackEvent> each) throws KernelException {
        return socket.receive(timeoutMillis, message -> read(message).ifPresent(each));
    }

    private static Optional<ConntrackEvent> read(NetlinkMessage message) {
        final boolean isNew = message.type() == EntryMessages.NEW && message.hasFlag(MessageWriter.FLAG_CREATE);
        if (!isNew && message.type() != EntryMessages.DELETE) {
            return Optional.empty();
        }
        final ConntrackEvent.Kind kind = isNew ? ConntrackEvent.Kind.NEW : ConntrackEvent.Kind.DESTROY;
        return EntryMessages.read(message).map(entry -> new ConntrackEvent(kind, entry));
    }

    @Override
    public void close() {
        socket.close();
    }
}

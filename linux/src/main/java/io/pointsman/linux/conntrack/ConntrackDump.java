package io.pointsman.linux.conntrack;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.NetlinkProtocol;
import io.pointsman.linux.netlink.NetlinkSocket;
import io.pointsman.model.IpFamily;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Tracked connections of one network namespace, that of the thread that opens it, read from the kernel on demand: of a
 * million, only some hundred are held at a time. A connection that starts, ends or moves meanwhile may be missed or come
 * twice. Needs CAP_NET_ADMIN there. One thread at a time.
 */
public final class ConntrackDump implements AutoCloseable {
    private static final String TRIED = "listing connections";

    private final NetlinkSocket socket;
    private final Iterator<IpFamily> families = List.of(IpFamily.values()).iterator();
    private final Deque<ConntrackEntry> waiting = new ArrayDeque<>();
    private boolean isMore;

    private ConntrackDump(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Opens a dump in the calling thread's network namespace, and reads the first few connections. */
    public static ConntrackDump open() throws KernelException {
        final ConntrackDump dump = new ConntrackDump(NetlinkSocket.open(NetlinkProtocol.NETFILTER));
        try {
            dump.fill();
        } catch (KernelException e) {
            dump.close();
            throw e;
        }
        return dump;
    }

    /** Returns the next connection; empty after the last. */
    public Optional<ConntrackEntry> next() throws KernelException {
        fill();
        return Optional.ofNullable(waiting.poll());
    }

    /** Reads until a connection is available, unless there are no more. */
    private void fill() throws KernelException {
        while (waiting.isEmpty() && (isMore || families.hasNext())) {
            if (!isMore) {
                EntryMessages.begin(socket.request(EntryMessages.GET, 0), Optional.of(families.next()));
                socket.beginDump(TRIED);
            }
            isMore = socket.more(TRIED, message -> EntryMessages.read(message).ifPresent(waiting::add));
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}

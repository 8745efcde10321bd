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
 * Tracked connections of one network namespace, that of the thread which opened it, read from the kernel as they are asked for:
 * of a million only some hundred are held at a time. One that comes, goes or moves meanwhile may be missed, or come twice. Needs
 * CAP_NET_ADMIN there. One thread at a time.
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

    /** Opens it in the calling thread's network namespace, and reads the first few. */
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

    /** The next one; empty after the last. */
    public Optional<ConntrackEntry> next() throws KernelException {
        fill();
        return Optional.ofNullable(waiting.poll());
    }

    /** Has something wait, unless there is nothing more. */
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

package io.pointsman.linux.conntrack;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.MessageWriter;
import io.pointsman.linux.netlink.NetlinkProtocol;
import io.pointsman.linux.netlink.NetlinkSocket;
import io.pointsman.model.IpFamily;
import java.util.List;
import java.util.Optional;

/**
 * Lists and removes tracked connections of one network namespace, that of the thread that opens it. Needs CAP_NET_ADMIN
 * there, for listing too. Any thread; calls wait for each other. For events, see {@link ConntrackEvents}.
 */
public final class ConntrackNetlink implements AutoCloseable {
    private final NetlinkSocket socket;

    private ConntrackNetlink(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Opens a connection in the calling thread's network namespace. */
    public static ConntrackNetlink open() throws KernelException {
        return new ConntrackNetlink(NetlinkSocket.open(NetlinkProtocol.NETFILTER));
    }

    /** Lists all entries of a family; a snapshot bucket by bucket, so one that moves meanwhile may be missed. */
    public synchronized List<ConntrackEntry> list(IpFamily family) throws KernelException {
        EntryMessages.begin(socket.request(EntryMessages.GET, 0), Optional.of(family));
        return socket.dump("listing " + family + " connections", EntryMessages::read);
    }

    /**
     * Removes the entry with exactly this original tuple and id, so that a new connection with the same addresses and ports
     * stays.
     *
     * @return false if it was gone already
     */
    public synchronized boolean delete(ConntrackEntry entry) throws KernelException {
        final MessageWriter writer = delete(entry.original(), entry.zone());
        EntryMessages.writeId(writer, entry.id());
        return executeDelete(entry.original());
    }

    /**
     * Removes the entry with exactly this original tuple, in zone 0.
     *
     * @return false if there is none
     */
    public synchronized boolean delete(ConntrackTuple original) throws KernelException {
        delete(original, 0);
        return executeDelete(original);
    }

    private MessageWriter delete(ConntrackTuple original, int zone) {
        final MessageWriter writer = EntryMessages.begin(
                socket.request(EntryMessages.DELETE, 0),
                Optional.of(original.source().family()));
        EntryMessages.writeOriginal(writer, original, zone);
        return writer;
    }

    private boolean executeDelete(ConntrackTuple original) throws KernelException {
        try {
            socket.execute("deleting connection " + original);
            return true;
        } catch (KernelException e) {
            if (e.is(Errno.ENOENT)) {
                return false;
            }
            throw e;
        }
    }

    /** Creates an entry, for tests, as if such a connection had been seen. */
    synchronized void create(ConntrackTuple original, ConntrackTuple reply, int timeoutSeconds) throws KernelException {
        final MessageWriter writer = EntryMessages.begin(
                socket.request(EntryMessages.NEW, MessageWriter.FLAG_CREATE | MessageWriter.FLAG_EXCL),
                Optional.of(original.source().family()));
        EntryMessages.writeOriginal(writer, original, 0);
        EntryMessages.writeReply(writer, reply);
        EntryMessages.writeState(writer, ConntrackEntry.CONFIRMED | ConntrackEntry.SEEN_REPLY, timeoutSeconds);
        socket.execute("making connection " + original);
    }

    @Override
    public void close() {
        socket.close();
    }
}

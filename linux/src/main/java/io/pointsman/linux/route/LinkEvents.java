package io.pointsman.linux.route;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.NetlinkProtocol;
import io.pointsman.linux.netlink.NetlinkSocket;

/**
 * Events of interfaces that come, go or change in one network namespace, that of the thread which opened it. Used by one
 * thread; {@link #close} from any other ends its wait.
 */
public final class LinkEvents implements AutoCloseable {
    private static final int RTNLGRP_LINK = 1;
    private static final int BUFFER_BYTES = 1 << 20;

    private final NetlinkSocket socket;

    private LinkEvents(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Starts listening. */
    public static LinkEvents listen() throws KernelException {
        final NetlinkSocket socket = NetlinkSocket.open(NetlinkProtocol.ROUTE);
        try {
            socket.subscribe(RTNLGRP_LINK, BUFFER_BYTES, "subscribing to events of interfaces");
        } catch (KernelException e) {
            socket.close();
            throw e;
        }
        return new LinkEvents(socket);
    }

    /** Waits for an event, at most this long; after an overrun any change may have been missed. */
    public NetlinkSocket.Received await(int timeoutMillis) throws KernelException {
        return socket.receive(timeoutMillis, _ -> {});
    }

    @Override
    public void close() {
        socket.close();
    }
}

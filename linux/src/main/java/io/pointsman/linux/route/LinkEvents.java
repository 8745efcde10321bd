package io.pointsman.linux.route;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.NetlinkProtocol;
import io.pointsman.linux.netlink.NetlinkSocket;

/**
 * Tells that interfaces of one network namespace, that of the thread which opened it, came, went or changed. One thread uses
 * it; {@link #close} from any other ends its wait.
 */
public final class LinkEvents implements AutoCloseable {
    private static final int RTNLGRP_LINK = 1;
    private static final int BUFFER_BYTES = 1 << 20;

    private final NetlinkSocket socket;

    private LinkEvents(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Listens from now on. */
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

    /** Waits so long at most for something to happen; after an overrun anything may have. */
    public NetlinkSocket.Received await(int timeoutMillis) throws KernelException {
        return socket.receive(timeoutMillis, _ -> {});
    }

    @Override
    public void close() {
        socket.close();
    }
}

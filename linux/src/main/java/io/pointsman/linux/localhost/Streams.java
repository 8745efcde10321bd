package io.pointsman.linux.localhost;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;

/** A connection's two directions. Loop only. */
record Streams(SelectionKey client, SelectionKey server, Stream up, Stream down) {
    Streams(SelectionKey client, SelectionKey server) {
        this(client, server, new Stream(client, server), new Stream(server, client));
    }

    void pump(ByteBuffer scratch) throws IOException {
        up.pump(scratch);
        down.pump(scratch);
    }

    /** Sets each socket's interest operations to what it waits for. */
    void show() {
        client.interestOps(interest(up, down));
        server.interestOps(interest(down, up));
    }

    private static int interest(Stream out, Stream in) {
        return (out.reads() ? SelectionKey.OP_READ : 0) | (in.writes() ? SelectionKey.OP_WRITE : 0);
    }

    boolean isHalfClosed() {
        return up.isEnded() || down.isEnded();
    }

    boolean areOver() {
        return up.isEnded() && down.isEnded();
    }
}

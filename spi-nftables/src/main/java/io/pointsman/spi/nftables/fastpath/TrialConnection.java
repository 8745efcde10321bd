package io.pointsman.spi.nftables.fastpath;

import io.pointsman.linux.netns.NamespaceThread;
import io.pointsman.model.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;

/** A client and a server that exchange data through the router between them. Used by one thread. */
final class TrialConnection implements AutoCloseable {
    private static final int DATA_BYTES = 256 << 10;
    /** Bytes of one write: many packets, which virtual interfaces pass on as one. */
    private static final int PIECE_BYTES = 16 << 10;

    private static final int PATIENCE_MILLIS = 5_000;

    private final TrialNetwork network;
    private final NamespaceThread client;
    private final ServerSocket listener;

    /** Check to make while the connection is open. */
    interface Look {
        boolean look() throws IOException;
    }

    private TrialConnection(TrialNetwork network, NamespaceThread client, ServerSocket listener) {
        this.network = network;
        this.client = client;
        this.listener = listener;
    }

    static TrialConnection to(TrialNetwork network, NamespaceThread client, NamespaceThread server) throws IOException {
        final ServerSocket listener = server.call(() -> {
            final ServerSocket socket = new ServerSocket();
            try {
                socket.bind(new InetSocketAddress(java(network.server()), TrialNetwork.SERVER_PORT));
                socket.setSoTimeout(PATIENCE_MILLIS);
            } catch (IOException e) {
                socket.close();
                throw e;
            }
            return socket;
        });
        return new TrialConnection(network, client, listener);
    }

    private static InetAddress java(IpAddress address) throws IOException {
        return InetAddress.getByAddress(address.toBytes());
    }

    /**
     * Connects, sends a byte each way, then data both ways, and checks.
     *
     * @throws IOException when the connection stalls, or the data received differ
     */
    void exchange(TrialNetwork.Translation translation, Look whileOpen) throws IOException {
        try (Socket here = connect();
                Socket there = listener.accept()) {
            there.setSoTimeout(PATIENCE_MILLIS);
            send(here, there, 1);
            send(there, here, 1);
            send(here, there, DATA_BYTES);
            send(there, here, DATA_BYTES);
            whileOpen.look();
        } catch (SocketTimeoutException e) {
            throw new IOException(
                    "it stopped (" + translation + " translated): nothing came through for " + PATIENCE_MILLIS + " ms",
                    e);
        }
    }

    private Socket connect() throws IOException {
        return client.call(() -> {
            final Socket socket = new Socket();
            try {
                socket.connect(new InetSocketAddress(java(network.vip()), TrialNetwork.VIP_PORT), PATIENCE_MILLIS);
                socket.setSoTimeout(PATIENCE_MILLIS);
            } catch (IOException e) {
                socket.close();
                throw e;
            }
            return socket;
        });
    }

    /** Sends in pieces that fit into the sender's buffer, so that only receiving can block. */
    private static void send(Socket from, Socket to, int bytes) throws IOException {
        final byte[] piece = new byte[Math.min(bytes, PIECE_BYTES)];
        for (int sent = 0; sent < bytes; sent += piece.length) {
            Arrays.fill(piece, (byte) (sent / piece.length + 1));
            from.getOutputStream().write(piece);
            if (!Arrays.equals(to.getInputStream().readNBytes(piece.length), piece)) {
                throw new IOException("the data received is not the data sent");
            }
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}

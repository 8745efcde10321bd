package io.pointsman.kubernetes.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;

/** Creates sockets with TCP keepalive, so that a peer that vanished is noticed within 25 s. */
final class KeepAliveSockets extends SocketFactory {
    private static final int IDLE_SECONDS = 10;
    private static final int INTERVAL_SECONDS = 5;
    private static final int PROBES = 3;

    @Override
    public Socket createSocket() throws IOException {
        final Socket socket = new Socket();
        try {
            socket.setKeepAlive(true);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, IDLE_SECONDS);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, INTERVAL_SECONDS);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, PROBES);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port) {
        throw notAsked();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localAddress, int localPort) {
        throw notAsked();
    }

    @Override
    public Socket createSocket(InetAddress address, int port) {
        throw notAsked();
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort) {
        throw notAsked();
    }

    /** Rejects connected sockets: the client connects itself, with a timeout. */
    private static UnsupportedOperationException notAsked() {
        return new UnsupportedOperationException("only unconnected sockets");
    }
}

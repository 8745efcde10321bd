package io.pointsman.kubernetes.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;

/** Sockets that the kernel probes while they are silent: a peer that is gone without a word is noticed in 25 s. */
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

    /** The client connects by itself, with a time-out. */
    private static UnsupportedOperationException notAsked() {
        return new UnsupportedOperationException("only unconnected sockets");
    }
}

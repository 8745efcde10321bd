package io.pointsman.kubernetes.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Objects;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.SSLSocketFactory;
import okhttp3.OkHttpClient;

/**
 * TLS sockets that ask for one name, whichever host was dialed: a kubeconfig's {@code tls-server-name}, for a server that is
 * reached by another name than its certificate has. The client library does not know that setting.
 */
final class ServerName extends SSLSocketFactory {
    private final String name;
    private final SSLSocketFactory sockets;

    private ServerName(String name, SSLSocketFactory sockets) {
        this.name = name;
        this.sockets = sockets;
    }

    /** Returns a client that asks for the given name (SNI) and verifies the server's certificate against it. */
    static OkHttpClient asked(OkHttpClient client, String name) {
        final HostnameVerifier verifier = client.hostnameVerifier();
        return client.newBuilder()
                .sslSocketFactory(
                        new ServerName(name, client.sslSocketFactory()),
                        Objects.requireNonNull(client.x509TrustManager(), "a client's trust manager"))
                .hostnameVerifier((_, session) -> verifier.verify(name, session))
                .build();
    }

    @Override
    public Socket createSocket(Socket connected, String host, int port, boolean closesIt) throws IOException {
        return sockets.createSocket(connected, name, port, closesIt);
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return sockets.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return sockets.getSupportedCipherSuites();
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

    /** The client connects by itself, through a proxy perhaps. */
    private static UnsupportedOperationException notAsked() {
        return new UnsupportedOperationException("only on top of connected sockets");
    }
}

package io.pointsman.examples.sourceip;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * Answers HTTP/1.x requests at one address, with a platform thread for each connection: the first virtual threads of a
 * process would keep their carrier threads in the network namespace that they are started from.
 */
final class HttpEcho implements AutoCloseable {
    /** Time after which an idle or stuck client is closed. */
    private static final int READ_TIMEOUT_MILLIS = 60_000;

    private static final int BACKLOG = 1024;

    private final ServerSocket socket;
    private final boolean expectsProxy;

    private HttpEcho(ServerSocket socket, boolean expectsProxy) {
        this.socket = socket;
        this.expectsProxy = expectsProxy;
    }

    /** @param expectsProxy whether every connection begins with a PROXY protocol header, which names the client */
    static HttpEcho open(InetSocketAddress address, boolean expectsProxy) throws IOException {
        final ServerSocket socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            socket.bind(address, BACKLOG);
        } catch (IOException e) {
            socket.close();
            throw new IOException("can't listen on " + address + ": " + e.getMessage(), e);
        }
        final HttpEcho echo = new HttpEcho(socket, expectsProxy);
        Thread.ofPlatform().daemon().name("http " + address).start(echo::acceptAll);
        return echo;
    }

    InetSocketAddress address() {
        return new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
    }

    private void acceptAll() {
        while (!socket.isClosed()) {
            try {
                final Socket client = socket.accept();
                Thread.ofPlatform().daemon().start(() -> serve(client));
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    System.err.println("echo server: accept on " + address() + ": " + e.getMessage());
                }
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            client.setSoTimeout(READ_TIMEOUT_MILLIS);
            client.setTcpNoDelay(true);
            final InputStream in = new BufferedInputStream(client.getInputStream());
            final InetAddress peer =
                    expectsProxy ? ProxyProtocol.read(in).orElse(client.getInetAddress()) : client.getInetAddress();
            answerAll(client, in, peer);
        } catch (IOException _) {
            // The client disconnected, stopped sending or is not a proxy: no reply can be sent.
        }
    }

    private static void answerAll(Socket client, InputStream in, InetAddress peer) throws IOException {
        final OutputStream out = new BufferedOutputStream(client.getOutputStream());
        try {
            HttpRequest request = HttpRequest.read(in);
            while (request != null) {
                EchoReply.write(out, request, peer, client.getLocalAddress());
                out.flush();
                request = request.keepsAlive() ? HttpRequest.read(in) : null;
            }
        } catch (HttpRequest.MalformedException e) {
            out.write(EchoServer.bytes("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n"
                    + "Connection: close\r\n\r\n" + e.getMessage() + "\n"));
            out.flush();
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

package io.pointsman.spi.userspace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** TCP endpoint that serves each connection on its own virtual thread. */
public final class TestServer implements AutoCloseable {
    /** Handler of a connection, which is closed afterwards. An exception ends it. */
    @FunctionalInterface
    public interface Session {
        void serve(Socket socket) throws Exception;
    }

    /** Handler that sends all bytes back, then the FIN. */
    public static final Session ECHO = socket -> {
        socket.getInputStream().transferTo(socket.getOutputStream());
        socket.shutdownOutput();
    };

    private final ServerSocket listening;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();

    private TestServer(ServerSocket listening, Session session) {
        this.listening = listening;
        Thread.ofVirtual().start(() -> acceptAll(session));
    }

    public static TestServer start(Session session) {
        return start("127.0.0.1", session);
    }

    public static TestServer start(String address, Session session) {
        try {
            return new TestServer(new ServerSocket(0, 512, InetAddress.ofLiteral(address)), session);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a server that sends its name and closes. */
    static TestServer named(String name) {
        return start(socket -> socket.getOutputStream().write(name.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) listening.getLocalSocketAddress();
    }

    int accepted() {
        return accepted.get();
    }

    /** Number of connections that are not closed on this side yet. */
    int open() {
        return open.size();
    }

    private void acceptAll(Session session) {
        while (!listening.isClosed()) {
            try {
                final Socket socket = listening.accept();
                open.add(socket);
                accepted.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(session, socket));
            } catch (IOException e) {
                if (!listening.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void serve(Session session, Socket socket) {
        try (socket) {
            session.serve(socket);
        } catch (Exception _) {
            // The test sees the failure at the other end.
        } finally {
            open.remove(socket);
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.pointsman.agent.control;

import io.pointsman.linux.ownership.SocketClaim;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Server for the commands on this host that ask a running agent: HTTP/1.1 over a Unix socket, one request for each
 * connection. It is opened on a thread of its own, and retried until that works, so that it delays nothing else. Each
 * client has its own thread; there are few. A client that sends or reads nothing is closed.
 */
public final class ControlSocket implements AutoCloseable {
    /** File name of the socket in the folder of the mode's records. */
    public static final String NAME = "control.sock";

    /** Time limit for a client's request, and for each part of the reply. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    static final int MAX_CLIENTS = 16;

    /** Maximum number of clients that are refused with a reply; further ones are closed without one. */
    private static final int MAX_TOLD_TO_WAIT = 16;

    private static final Duration RETRY = Duration.ofSeconds(10);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(ControlSocket.class);

    private final Path records;
    private final ControlResponder responder;
    private final Consumer<Optional<String>> trouble;
    private final Duration patience;
    private final Set<ClientConnection> clients = ConcurrentHashMap.newKeySet();
    private final Set<Thread> workers = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "pointsman-control-socket");
    private volatile @Nullable SocketClaim claim;

    ControlSocket(Path records, ControlResponder responder, Consumer<Optional<String>> trouble, Duration patience) {
        this.records = records;
        this.responder = responder;
        this.trouble = trouble;
        this.patience = patience;
    }

    /**
     * Starts to open the socket; does not wait for it.
     *
     * @param records the folder for the socket
     * @param trouble called with the reason each time it can't be opened, and with an empty one once it is open
     */
    public static ControlSocket start(Path records, ControlResponder responder, Consumer<Optional<String>> trouble) {
        final ControlSocket socket = new ControlSocket(records, responder, trouble, PATIENCE);
        socket.start();
        return socket;
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (closed.getCount() > 0) {
                serve();
                if (closed.await(RETRY.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Opens the socket and accepts clients until it is closed or fails. */
    private void serve() {
        try {
            final Optional<SocketClaim> taken = SocketClaim.take(records, NAME);
            if (taken.isEmpty()) {
                trouble.accept(Optional.of("another agent answers at " + records.resolve(NAME)
                        + "; commands for a running agent use that one"));
                return;
            }
            try (SocketClaim own = taken.get()) {
                claim = own;
                if (closed.getCount() == 0) {
                    return; // closed before there was a claim to close
                }
                final PeerCheck peers = PeerCheck.ofThisProcess();
                trouble.accept(Optional.empty());
                while (true) { // ends: closing the channel throws
                    receive(own.channel().accept(), peers);
                }
            }
        } catch (ClosedChannelException _) {
            LOG.debug("the control socket is closed");
        } catch (IOException e) {
            trouble.accept(Optional.of("commands can't reach this agent: " + e.getMessage() + "; it is tried again"));
        }
    }

    private void receive(SocketChannel channel, PeerCheck peers) throws IOException {
        try {
            final boolean isKnown = peers.admits(channel);
            if (!isKnown || clients.size() >= MAX_CLIENTS + MAX_TOLD_TO_WAIT) {
                LOG.debug(
                        "control socket: a client is refused, {}",
                        isKnown ? "there are too many" : "its user is not permitted");
                channel.close();
                return;
            }
            final ClientConnection client = new ClientConnection(channel, responder, patience);
            final boolean isFull = clients.size() >= MAX_CLIENTS;
            clients.add(client);
            final Thread worker = new Thread(
                    () -> {
                        try {
                            client.serve(isFull);
                        } finally {
                            clients.remove(client);
                            workers.remove(Thread.currentThread());
                        }
                    },
                    "pointsman-control-client");
            worker.setDaemon(true);
            workers.add(worker);
            worker.start();
        } catch (IOException e) {
            LOG.debug("a client of the control socket disconnected", e);
            channel.close();
        }
    }

    /** Removes the socket and closes all clients. */
    @Override
    public void close() {
        closed.countDown();
        try {
            final SocketClaim own = claim;
            if (own != null) {
                own.close();
            }
            thread.join(CLOSE_TIMEOUT);
        } catch (IOException e) {
            LOG.warn("the control socket in {} is not removed: {}", records, e.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        clients.forEach(ClientConnection::close);
        awaitClients();
    }

    /** Waits for the clients' threads, so that none reads from a backend that is closed next. */
    private void awaitClients() {
        final long deadlineNanos = System.nanoTime() + CLOSE_TIMEOUT.toNanos();
        try {
            for (Thread worker : workers) {
                worker.interrupt();
                if (!worker.join(Duration.ofNanos(Math.max(1, deadlineNanos - System.nanoTime())))) {
                    LOG.warn("a client of the control socket is not finished, the agent ends without it");
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}

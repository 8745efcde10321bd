package io.pointsman.agent.control;

import io.pointsman.spi.BackendException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A client of the control socket: reads its request and writes the reply. */
final class ClientConnection {
    private static final int MAX_HEAD_BYTES = 8192;
    private static final String HEAD_END = "\r\n\r\n";
    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

    private final SocketChannel socket;
    private final ControlResponder responder;
    private final Duration patience;

    ClientConnection(SocketChannel socket, ControlResponder responder, Duration patience) {
        this.socket = socket;
        this.responder = responder;
        this.patience = patience;
    }

    /** @param isOneTooMany whether to refuse the client, as there are too many */
    void serve(boolean isOneTooMany) {
        try (TimedChannel channel = new TimedChannel(socket)) {
            final String head = readHead(channel);
            final ControlAnswer answer = new ControlAnswer(channel, patience);
            if (isOneTooMany) {
                answer.refuse(
                        503, "the agent already answers " + ControlSocket.MAX_CLIENTS + " other clients; try again");
            } else {
                respond(head, answer);
            }
        } catch (IOException e) {
            LOG.debug("a client of the control socket disconnected", e);
        } finally {
            close();
        }
    }

    private void respond(String head, ControlAnswer answer) throws IOException {
        try {
            responder.respond(ControlRequest.parse(head.lines().findFirst().orElse("")), answer);
            answer.end();
        } catch (ControlResponder.UnknownPathException e) {
            refuse(answer, 404, String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            refuse(answer, 400, String.valueOf(e.getMessage()));
        } catch (BackendException e) {
            refuse(answer, 500, e.getMessage());
        } catch (RuntimeException e) {
            LOG.warn("control socket: an answer failed", e);
            refuse(answer, 500, "the agent failed to answer; its log says why");
        }
    }

    /**
     * Refuses a request. A reply that has begun is cut off instead: without its last chunk, the client knows that it
     * failed.
     */
    private static void refuse(ControlAnswer answer, int status, String reason) throws IOException {
        if (!answer.isBegun()) {
            answer.refuse(status, reason);
        }
    }

    private String readHead(TimedChannel channel) throws IOException {
        final ByteBuffer buffer = ByteBuffer.allocate(MAX_HEAD_BYTES);
        final long deadlineNanos = System.nanoTime() + patience.toNanos();
        while (true) { // ends: with the head, a full buffer, or the timeout
            final Duration left = Duration.ofNanos(deadlineNanos - System.nanoTime());
            if (!buffer.hasRemaining() || channel.read(buffer, left) < 0) {
                throw new IOException("no request within " + MAX_HEAD_BYTES + " bytes");
            }
            final String text = new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
            if (text.contains(HEAD_END)) {
                return text;
            }
        }
    }

    void close() {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("a client of the control socket disconnected", e);
        }
    }
}

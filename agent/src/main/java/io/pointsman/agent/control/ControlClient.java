package io.pointsman.agent.control;

import io.pointsman.model.ConfigException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** Client of a running agent on this host. Each request takes a connection of its own. */
public final class ControlClient {
    /** Time limit for the first line and between lines: an agent needs time to list a kernel's connections. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int MAX_HEAD_BYTES = 8192;
    private static final int MAX_LINE_BYTES = 64 << 20;
    private static final int MAX_REASON_BYTES = 8192;

    private final Path socket;

    public ControlClient(Path socket) {
        this.socket = socket;
    }

    /** Consumer of a reply's lines, as they come. */
    @FunctionalInterface
    public interface LineConsumer {
        /** Takes a line; returns whether more are wanted. */
        boolean accept(String line) throws IOException, ConfigException;

        /** Called when all that came was handed on, before more is waited for. */
        default void waiting() {}
    }

    /** Returns the path of the agent's socket. */
    public Path socket() {
        return socket;
    }

    /** Whether an agent listens at the socket. */
    public boolean isAnswered() {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException | IllegalArgumentException _) {
            return false;
        }
    }

    /**
     * Sends a request, and passes on each line of the reply.
     *
     * @param target path and query, percent-encoded
     * @throws ConfigException if no agent listens, the reply is cut off, or it is a refusal, whose text it contains
     */
    public void ask(String target, LineConsumer lines) throws ConfigException {
        try (SocketChannel plain = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            plain.connect(UnixDomainSocketAddress.of(socket));
            try (TimedChannel channel = new TimedChannel(plain)) {
                channel.write(
                        ByteBuffer.wrap(("GET " + target + " HTTP/1.1\r\nHost: agent\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII)),
                        PATIENCE);
                new Reading(channel, lines).answer();
            }
        } catch (ConnectException e) {
            throw new ConfigException("no agent answers at " + socket + ": the one that created it has ended", e);
        } catch (IOException e) {
            throw new ConfigException("the agent at " + socket + " did not answer correctly: " + e.getMessage(), e);
        }
    }

    /** Reader of a reply: the head, then chunks, whose content it splits into lines. */
    private static final class Reading {
        private final TimedChannel channel;
        private final LineConsumer asking;
        private final ByteBuffer buffer = ByteBuffer.allocate(65_536).flip();

        Reading(TimedChannel channel, LineConsumer asking) {
            this.channel = channel;
            this.asking = asking;
        }

        void answer() throws IOException, ConfigException {
            final String status = text(MAX_HEAD_BYTES);
            String header = text(MAX_HEAD_BYTES);
            for (int left = MAX_HEAD_BYTES; !header.isEmpty() && left > 0; left -= header.length()) {
                header = text(MAX_HEAD_BYTES);
            }
            if (status.startsWith("HTTP/1.1 200 ")) {
                lines(asking);
            } else if (status.startsWith("HTTP/1.1 ")) {
                final StringBuilder reason = new StringBuilder();
                lines(line -> reason.append(line).length() < MAX_REASON_BYTES);
                throw new ConfigException("the agent refuses: " + reason);
            } else {
                throw new IOException("this is not the answer of an agent");
            }
        }

        private void lines(LineConsumer lines) throws IOException, ConfigException {
            final ByteArrayOutputStream begun = new ByteArrayOutputStream();
            for (int left = chunkLength(); left > 0; left = chunkLength()) {
                while (left > 0) {
                    fill();
                    final int start = buffer.position();
                    final int limit = start + Math.min(left, buffer.remaining());
                    final int end = lineEnd(start, limit);
                    begun.write(buffer.array(), start, end - start);
                    if (begun.size() > MAX_LINE_BYTES) {
                        throw new IOException("a line of more than " + MAX_LINE_BYTES + " bytes");
                    }
                    final int next = Math.min(end + 1, limit);
                    buffer.position(next);
                    left -= next - start;
                    if (end < limit) {
                        final String line = begun.toString(StandardCharsets.UTF_8);
                        begun.reset();
                        if (!lines.accept(line)) {
                            return;
                        }
                    }
                }
                text(0);
            }
        }

        /** Returns the index of the end of the line that begins at {@code start}; {@code limit} if it is not complete. */
        private int lineEnd(int start, int limit) {
            final byte[] bytes = buffer.array();
            int end = start;
            while (end < limit && bytes[end] != '\n') {
                end++;
            }
            return end;
        }

        private int chunkLength() throws IOException {
            final String length = text(8);
            try {
                return Integer.parseInt(length, 16);
            } catch (NumberFormatException e) {
                throw new IOException("chunk of \"" + length + "\" bytes", e);
            }
        }

        /** Reads up to a line's end, which is left out. */
        private String text(int maxBytes) throws IOException {
            final ByteArrayOutputStream text = new ByteArrayOutputStream();
            for (byte next = next(); next != '\n'; next = next()) {
                if (next != '\r') {
                    text.write(next);
                }
                if (text.size() > maxBytes) {
                    throw new IOException("a head that has no end");
                }
            }
            return text.toString(StandardCharsets.ISO_8859_1);
        }

        private byte next() throws IOException {
            fill();
            return buffer.get();
        }

        private void fill() throws IOException {
            if (!buffer.hasRemaining()) {
                asking.waiting();
                buffer.clear();
                final int count = channel.read(buffer, PATIENCE);
                buffer.flip();
                if (count < 0) {
                    throw new IOException("the answer broke off");
                }
            }
        }
    }
}

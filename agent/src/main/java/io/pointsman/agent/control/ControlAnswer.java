package io.pointsman.agent.control;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A reply being written: lines of JSON as the chunks of an HTTP response (RFC 9112, section 7.1), so that a client can
 * tell a complete one from one cut off. Buffers at most {@value #BUFFER_BYTES} bytes and a line. Used by one thread.
 */
public final class ControlAnswer {
    private static final int BUFFER_BYTES = 32_768;
    private static final byte[] END = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final TimedChannel channel;
    private final Duration patience;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private boolean begun;

    ControlAnswer(TimedChannel channel, Duration patience) {
        this.channel = channel;
        this.patience = patience;
    }

    /**
     * Adds a line, which may be buffered.
     *
     * @param json without a line break
     * @throws IOException if the client is gone or reads nothing
     */
    public void line(String json) throws IOException {
        final byte[] bytes = (json + "\n").getBytes(StandardCharsets.UTF_8);
        if (bytes.length > buffer.remaining()) {
            flush();
        }
        if (bytes.length > buffer.remaining()) {
            chunk(ByteBuffer.wrap(bytes));
        } else {
            buffer.put(bytes);
        }
    }

    /** Sends the buffered lines. */
    public void flush() throws IOException {
        if (buffer.position() > 0) {
            chunk(buffer.flip());
            buffer.clear();
        }
    }

    private void chunk(ByteBuffer bytes) throws IOException {
        begin(200, "application/jsonl");
        write(Integer.toHexString(bytes.remaining()) + "\r\n");
        channel.write(bytes, patience);
        write("\r\n");
    }

    /** Whether part of the reply was sent, so that its status can't change any more. */
    boolean isBegun() {
        return begun;
    }

    /** Sends the buffered lines and the last chunk. */
    void end() throws IOException {
        flush();
        begin(200, "application/jsonl");
        channel.write(ByteBuffer.wrap(END), patience);
    }

    /** Replies with an error status and the reason in a sentence. */
    void refuse(int status, String reason) throws IOException {
        begin(status, "text/plain; charset=utf-8");
        final byte[] bytes = (reason + "\n").getBytes(StandardCharsets.UTF_8);
        write(Integer.toHexString(bytes.length) + "\r\n");
        channel.write(ByteBuffer.wrap(bytes), patience);
        write("\r\n");
        channel.write(ByteBuffer.wrap(END), patience);
    }

    private void begin(int status, String contentType) throws IOException {
        if (!begun) {
            begun = true;
            write("HTTP/1.1 " + status + (status == 200 ? " OK" : " Refused") + "\r\nContent-Type: " + contentType
                    + "\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
        }
    }

    private void write(String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), patience);
    }
}

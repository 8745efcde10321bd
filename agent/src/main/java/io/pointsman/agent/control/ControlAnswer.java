package io.pointsman.agent.control;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * An answer under way: lines of JSON as the chunks of an HTTP answer (RFC 9112, section 7.1), so that a client knows a whole one
 * from one that broke off. What is waiting for the client is never more than {@value #BUFFER_BYTES} bytes and a line. One thread.
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
     * Adds a line; it may wait to be sent with others.
     *
     * @param json without a line break
     * @throws IOException when the client is gone or takes nothing
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

    /** Sends what waits. */
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

    /** Whether something was sent already, so that no other status can be told. */
    boolean isBegun() {
        return begun;
    }

    /** Nothing follows. */
    void end() throws IOException {
        flush();
        begin(200, "application/jsonl");
        channel.write(ByteBuffer.wrap(END), patience);
    }

    /** Answers with a sentence why there is nothing else. */
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

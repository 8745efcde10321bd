package io.pointsman.agent.control;

import io.pointsman.agent.json.JsonLine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;

/**
 * A reply being written: lines of JSON as the chunks of an HTTP response (RFC 9112, section 7.1), so that a client can
 * tell a complete one from one cut off. Buffers at most {@value #BUFFER_BYTES} bytes and a line. Used by one thread.
 */
public final class ControlAnswer {
    private static final int BUFFER_BYTES = 32_768;
    private static final int MAX_HEX_DIGITS = 8;
    private static final int SIZE_BYTES = MAX_HEX_DIGITS + 2;
    private static final byte[] LINE_END = {'\r', '\n'};
    private static final byte[] END = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final TimedChannel channel;
    private final Duration patience;
    private final ByteBuffer buffer = ByteBuffer.allocate(SIZE_BYTES + BUFFER_BYTES + LINE_END.length);
    private boolean begun;

    ControlAnswer(TimedChannel channel, Duration patience) {
        this.channel = channel;
        this.patience = patience;
        clear();
    }

    /** A chunk's size goes in front of it. */
    private void clear() {
        buffer.clear().position(SIZE_BYTES);
    }

    /**
     * Adds a line, which may be buffered.
     *
     * @param json without a line break
     * @throws IOException if the client is gone or reads nothing
     */
    public void line(String json) throws IOException {
        final byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        line(bytes, bytes.length);
    }

    /** Adds a line. The caller may reuse {@code json} at once. */
    public void line(JsonLine json) throws IOException {
        line(json.bytes(), json.length());
    }

    private void line(byte[] bytes, int length) throws IOException {
        final int needed = length + 1 + LINE_END.length;
        if (needed > buffer.remaining()) {
            flush();
        }
        if (needed > buffer.remaining()) {
            chunk(ByteBuffer.allocate(SIZE_BYTES + needed)
                    .position(SIZE_BYTES)
                    .put(bytes, 0, length)
                    .put((byte) '\n'));
        } else {
            buffer.put(bytes, 0, length).put((byte) '\n');
        }
    }

    /** Sends the buffered lines. */
    public void flush() throws IOException {
        if (buffer.position() > SIZE_BYTES) {
            chunk(buffer);
            clear();
        }
    }

    /** Sends lines as one HTTP chunk in one write, since each write to the socket wakes the client. */
    private void chunk(ByteBuffer lines) throws IOException {
        begin(200, "application/jsonl");
        final int bytes = lines.position() - SIZE_BYTES;
        lines.put(LINE_END)
                .flip()
                .put(HexFormat.of().toHexDigits(bytes, MAX_HEX_DIGITS).getBytes(StandardCharsets.US_ASCII))
                .put(LINE_END)
                .rewind();
        channel.write(lines, patience);
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

package io.pointsman.agent.status;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A page in Prometheus' text format 0.0.4, written into memory that it keeps for the next one. One thread at a time. */
public final class TextPage {
    private static final int INITIAL_BYTES = 64 << 10;
    private static final int MAX_DIGITS = 20;
    private static final int ASCII = 0x80;

    private byte[] bytes = new byte[INITIAL_BYTES];
    private int length;

    /** An empty one. */
    public TextPage() {}

    /** Begins anew. */
    public void clear() {
        length = 0;
    }

    /** Adds text as it is. */
    public TextPage text(String text) {
        return append(text, false);
    }

    /** Adds the text between the quotes of a label's value, escaped. */
    TextPage labelValue(String value) {
        return append(value, true);
    }

    /** Adds an integer. */
    TextPage number(long value) {
        if (value < 0) {
            return text(Long.toString(value));
        }
        reserve(MAX_DIGITS);
        int end = length;
        for (long rest = value; end == length || rest > 0; rest /= 10) {
            bytes[end++] = (byte) ('0' + rest % 10);
        }
        for (int left = length, right = end - 1; left < right; left++, right--) {
            final byte digit = bytes[left];
            bytes[left] = bytes[right];
            bytes[right] = digit;
        }
        length = end;
        return this;
    }

    /** Adds UTF-8 bytes. */
    TextPage bytes(byte[] more) {
        write(more, 0, more.length);
        return this;
    }

    /** Adds a part of an array of UTF-8 bytes. */
    void write(byte[] more, int offset, int count) {
        reserve(count);
        System.arraycopy(more, offset, bytes, length, count);
        length += count;
    }

    private TextPage append(String text, boolean escapes) {
        reserve(2 * text.length());
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            if (c >= ASCII) {
                final byte[] rest = text.substring(i).getBytes(StandardCharsets.UTF_8);
                return escapes ? escaped(rest) : bytes(rest);
            }
            put((byte) c, escapes);
        }
        return this;
    }

    private TextPage escaped(byte[] more) {
        reserve(2 * more.length);
        for (byte b : more) {
            put(b, true);
        }
        return this;
    }

    private void put(byte b, boolean escapes) {
        if (escapes && (b == '\\' || b == '"' || b == '\n')) {
            bytes[length++] = '\\';
            bytes[length++] = b == '\n' ? (byte) 'n' : b;
        } else {
            bytes[length++] = b;
        }
    }

    private void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }

    /** Returns the buffer that begins with the text; the next page overwrites it. */
    public byte[] bytes() {
        return bytes;
    }

    /** Returns the length of the text in bytes. */
    public int length() {
        return length;
    }

    /** A copy of what was written. */
    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    /** Returns the page as text. */
    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}

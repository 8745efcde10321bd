package io.pointsman.agent.json;

import io.pointsman.model.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A JSON object as a line, for what comes tens of thousands of times a second: the same text as by {@link Json#object}, written
 * into memory that it keeps for the next line. Names of fields are plain ASCII. One thread at a time.
 */
public final class JsonLine {
    private static final int INITIAL_BYTES = 512;
    private static final int MAX_DIGITS = 20;

    private byte[] bytes = new byte[INITIAL_BYTES];
    private int length;
    private boolean needsComma;

    /** Begins the object anew. */
    public JsonLine begin() {
        length = 0;
        return open();
    }

    /** Begins an object in a field. */
    public JsonLine begin(String name) {
        return name(name).open();
    }

    /** Ends the object that was begun last. */
    public JsonLine end() {
        needsComma = true;
        return put('}');
    }

    /** Adds a field with a string. */
    public JsonLine text(String name, String value) {
        name(name);
        if (isPlain(value)) {
            return put('"').plain(value).put('"');
        }
        final String array = Json.array(json -> json.writeString(value));
        return utf8(array.substring(1, array.length() - 1));
    }

    /** Adds a field with a whole number. */
    public JsonLine number(String name, long value) {
        return name(name).digits(value);
    }

    /** Adds a field with an address as a string. */
    public JsonLine address(String name, IpAddress address) {
        name(name).put('"');
        if (address.isIpv4()) {
            for (int shift = 24; shift > 0; shift -= Byte.SIZE) {
                digits(address.low() >>> shift & 0xFF).put('.');
            }
            digits(address.low() & 0xFF);
        } else {
            plain(address.toString());
        }
        return put('"');
    }

    /** Returns the buffer that begins with the line in UTF-8; the next line overwrites it. */
    public byte[] bytes() {
        return bytes;
    }

    /** Returns the length of the line in bytes. */
    public int length() {
        return length;
    }

    /** Without a line break. */
    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private JsonLine open() {
        needsComma = false;
        return put('{');
    }

    private JsonLine name(String name) {
        if (needsComma) {
            put(',');
        }
        needsComma = true;
        return put('"').plain(name).put('"').put(':');
    }

    /** Whether it stands between quotes as it is. */
    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            if (c < ' ' || c > '~' || c == '"' || c == '\\') {
                return false;
            }
        }
        return true;
    }

    private JsonLine plain(String ascii) {
        reserve(ascii.length());
        for (int i = 0; i < ascii.length(); i++) {
            bytes[length++] = (byte) ascii.charAt(i);
        }
        return this;
    }

    private JsonLine utf8(String text) {
        final byte[] more = text.getBytes(StandardCharsets.UTF_8);
        reserve(more.length);
        System.arraycopy(more, 0, bytes, length, more.length);
        length += more.length;
        return this;
    }

    private JsonLine digits(long value) {
        if (value < 0) {
            return plain(Long.toString(value));
        }
        int count = 1;
        for (long rest = value / 10; rest > 0; rest /= 10) {
            count++;
        }
        reserve(MAX_DIGITS);
        long rest = value;
        for (int at = length + count - 1; at >= length; at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += count;
        return this;
    }

    private JsonLine put(char ascii) {
        reserve(1);
        bytes[length++] = (byte) ascii;
        return this;
    }

    private void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }
}

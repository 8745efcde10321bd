package io.pointsman.agent.http;

import java.nio.charset.StandardCharsets;

/** Content of a reply: text in UTF-8. A large one is not copied on its way to the socket. Immutable. */
public final class Body {
    private final byte[] bytes;

    private Body(byte[] bytes) {
        this.bytes = bytes;
    }

    public static Body of(String text) {
        return new Body(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Wraps UTF-8 bytes, which must not be changed any more. */
    public static Body ofBytes(byte[] utf8) {
        return new Body(utf8);
    }

    /** Returns the bytes themselves, not a copy. */
    byte[] bytes() {
        return bytes;
    }

    /** Returns the text. */
    @Override
    public String toString() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}

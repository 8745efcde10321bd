package io.pointsman.agent.http;

import java.nio.charset.StandardCharsets;

/** What a reply carries: text in UTF-8. A large page is not copied on its way to the socket. Immutable. */
public final class Body {
    private final byte[] bytes;

    private Body(byte[] bytes) {
        this.bytes = bytes;
    }

    public static Body of(String text) {
        return new Body(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Of bytes of UTF-8, which nobody may change from now on. */
    public static Body ofBytes(byte[] utf8) {
        return new Body(utf8);
    }

    /** Not a copy. */
    byte[] bytes() {
        return bytes;
    }

    /** The text. */
    @Override
    public String toString() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}

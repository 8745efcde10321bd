package io.pointsman.agent.http;

import java.nio.charset.StandardCharsets;

/** Body of a reply: text in UTF-8. A large page is not copied on its way to the socket. */
public final class Body {
    static final Body NONE = of("");

    private final byte[] bytes;
    private final int length;
    private final Runnable sent;

    private Body(byte[] bytes, int length, Runnable sent) {
        this.bytes = bytes;
        this.length = length;
        this.sent = sent;
    }

    public static Body of(String text) {
        final byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return new Body(utf8, utf8.length, () -> {});
    }

    /**
     * Creates a body in memory that the caller reuses later.
     *
     * @param utf8 begins with the text; must not change before {@code sent} is called
     * @param sent called once for each reply with this body, when its bytes are no longer read; by any
     *     thread
     */
    public static Body lent(byte[] utf8, int length, Runnable sent) {
        return new Body(utf8, length, sent);
    }

    /** Returns the bytes themselves, not a copy; the text is the first {@link #length} of them. */
    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** An answer is over: sent, or given up. */
    void sent() {
        sent.run();
    }

    /** The text. */
    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}

package io.pointsman.plan;

import java.util.Locale;
import java.util.Optional;

/**
 * Version of HAProxy's PROXY protocol header, which tells an endpoint a connection's original source and destination before
 * its first byte. TCP only, for endpoints that expect it.
 */
public enum ProxyHeader {
    /** A line of text. */
    V1,
    /** Binary. */
    V2;

    /** Service annotation that asks for a header, as {@link #text} writes it. */
    public static final String ANNOTATION = "pointsman.io/proxy-protocol";

    /** Returns {@code v1} or {@code v2}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Parses {@code v1} or {@code v2}; empty for any other text. */
    public static Optional<ProxyHeader> parse(String text) {
        for (ProxyHeader header : values()) {
            if (header.text().equals(text)) {
                return Optional.of(header);
            }
        }
        return Optional.empty();
    }
}

package io.pointsman.plan;

import java.util.Locale;
import java.util.Optional;

/**
 * What an endpoint is told, before the first byte of a connection, about who it is from and what it was to: the PROXY
 * protocol of HAProxy, for endpoints that expect it. TCP only.
 */
public enum ProxyHeader {
    /** One line of text. */
    V1,
    /** Binary. */
    V2;

    /** The Service annotation that asks for one, by {@link #text}. */
    public static final String ANNOTATION = "pointsman.io/proxy-protocol";

    /** {@code v1} or {@code v2}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Empty for an unknown name. */
    public static Optional<ProxyHeader> parse(String text) {
        for (ProxyHeader header : values()) {
            if (header.text().equals(text)) {
                return Optional.of(header);
            }
        }
        return Optional.empty();
    }
}

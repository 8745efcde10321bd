package io.pointsman.agent.http;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A complete answer to a request.
 *
 * @param contentType empty for a reply without a body
 * @param headers sent in addition to Content-Type and Content-Length
 */
public record Reply(int status, String contentType, Map<String, String> headers, Body body) implements Answer {
    public static final String TEXT = "text/plain; charset=utf-8";
    public static final String JSON = "application/json";

    /** Header that keeps browsers from guessing the content type. */
    private static final Map<String, String> NO_SNIFFING = Map.of("X-Content-Type-Options", "nosniff");

    public Reply {
        Objects.requireNonNull(contentType, "contentType");
        Objects.requireNonNull(body, "body");
        headers = Map.copyOf(headers);
    }

    public Reply(int status, String contentType, Map<String, String> headers, String body) {
        this(status, contentType, headers, Body.of(body));
    }

    public static Reply text(int status, String body) {
        return new Reply(status, TEXT, NO_SNIFFING, body);
    }

    public static Reply json(int status, String body) {
        return new Reply(status, JSON, NO_SNIFFING, body);
    }

    /** Returns this reply with one more header. */
    public Reply with(String header, String value) {
        final Map<String, String> more = new HashMap<>(headers);
        more.put(header, value);
        return new Reply(status, contentType, more, body);
    }
}

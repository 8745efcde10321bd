package io.pointsman.agent.http;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Target of a request line (RFC 9112, section 3.2): {@code /path?query}, or {@code http://authority/path?query}.
 *
 * @param authority host and port of the absolute form, which replaces the Host header
 * @param path decoded, without the query; {@code *} and the authority form of CONNECT unchanged
 * @param parameters the query, decoded; the last value counts of one given twice
 */
record RequestTarget(Optional<String> authority, String path, Map<String, String> parameters) {
    private static final Pattern ABSOLUTE = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)([^?#]*)([^#]*).*");

    RequestTarget {
        parameters = Map.copyOf(parameters);
    }

    /** @throws IllegalArgumentException if the percent-encoding is broken */
    static RequestTarget parse(String target) {
        final Matcher absolute = ABSOLUTE.matcher(target);
        if (absolute.matches()) {
            final String path = absolute.group(2);
            return decoded(Optional.of(absolute.group(1)), (path.isEmpty() ? "/" : path) + absolute.group(3));
        }
        return decoded(Optional.empty(), target);
    }

    private static RequestTarget decoded(Optional<String> authority, String target) {
        final QueryStringDecoder decoder = new QueryStringDecoder(target, StandardCharsets.UTF_8, true);
        final Map<String, String> parameters = new HashMap<>();
        decoder.parameters().forEach((name, values) -> parameters.put(name, values.getLast()));
        return new RequestTarget(authority, decoder.path(), parameters);
    }
}

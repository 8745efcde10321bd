package io.pointsman.agent.http;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a request line asks for (RFC 9112, section 3.2): {@code /path?query}, or {@code http://authority/path?query}.
 *
 * @param authority host and port of the absolute form, which then counts instead of the Host header
 * @param path decoded, without the query; {@code *} and the authority form of CONNECT as they are
 */
record RequestTarget(Optional<String> authority, String path) {
    private static final Pattern ABSOLUTE = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)([^?#]*).*");

    /** @throws IllegalArgumentException when the path's percent-encoding is broken */
    static RequestTarget parse(String target) {
        final Matcher absolute = ABSOLUTE.matcher(target);
        if (absolute.matches()) {
            final String path = absolute.group(2);
            return new RequestTarget(Optional.of(absolute.group(1)), path.isEmpty() ? "/" : decoded(path));
        }
        return new RequestTarget(Optional.empty(), decoded(target));
    }

    private static String decoded(String target) {
        return new QueryStringDecoder(target, StandardCharsets.UTF_8, true).path();
    }
}

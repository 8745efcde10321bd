package io.pointsman.testserver;

import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * An HTTP request, completely read.
 *
 * @param headers by name in lower case
 */
record HttpRequest(String method, String target, Map<String, String> headers, String body) {
    private static final int MAX_LINE = 64 << 10;
    private static final int MAX_BODY = 16 << 20;

    /** Reads the next request; empty at the end of the stream. */
    static Optional<HttpRequest> read(InputStream in) throws IOException {
        final String line = line(in);
        if (line.isEmpty()) {
            return Optional.empty();
        }
        final Map<String, String> headers = new LinkedHashMap<>();
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            final int colon = header.indexOf(':');
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip());
        }
        final int length = Math.min(MAX_BODY, Integer.parseInt(headers.getOrDefault("content-length", "0")));
        final String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        final String[] words = line.split(" ", -1);
        return Optional.of(new HttpRequest(words[0], words[1], headers, body));
    }

    /** Reads a line without its end; also empty at the end of the stream. */
    private static String line(InputStream in) throws IOException {
        final StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n' && line.length() < MAX_LINE; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    String path() {
        final int question = target.indexOf('?');
        return question < 0 ? target : target.substring(0, question);
    }

    Map<String, String> query() {
        final Map<String, String> query = new LinkedHashMap<>();
        for (String part : target.substring(path().length()).split("[?&]", -1)) {
            final int equals = part.indexOf('=');
            if (equals > 0) {
                query.put(
                        part.substring(0, equals),
                        URLDecoder.decode(part.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return query;
    }

    @Override
    public String toString() {
        final String decoded = URLDecoder.decode(target, StandardCharsets.UTF_8);
        return method.equals("GET") ? decoded : method + " " + decoded;
    }
}

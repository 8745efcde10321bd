package io.pointsman.examples.sourceip;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.x request (RFC 9112), read completely.
 *
 * @param version {@code 1.1}
 * @param headers by lower-case name, in alphabetical order; repeated ones joined by a comma
 */
record HttpRequest(String method, String target, String version, Map<String, String> headers, String body) {
    private static final int MAX_LINE_BYTES = 8192;
    private static final int MAX_HEADERS = 100;
    private static final int MAX_BODY_BYTES = 1 << 20;

    /** The input is not an HTTP request that this server accepts. */
    static final class MalformedException extends IOException {
        private static final long serialVersionUID = 1L;

        MalformedException(String message) {
            super(message);
        }
    }

    /** Reads the next request; null if the client has closed. */
    static @Nullable HttpRequest read(InputStream in) throws IOException {
        final String requestLine = readLine(in);
        if (requestLine == null) {
            return null;
        }
        final String[] words = requestLine.split(" ", -1);
        if (words.length != 3 || !words[2].matches("HTTP/1\\.[01]")) {
            throw new MalformedException("not an HTTP/1 request line: " + requestLine);
        }
        final Map<String, String> headers = readHeaders(in);
        return new HttpRequest(words[0], words[1], words[2].substring(5), headers, readBody(in, headers));
    }

    private static Map<String, String> readHeaders(InputStream in) throws IOException {
        final Map<String, String> headers = new TreeMap<>();
        for (int i = 0; i <= MAX_HEADERS; i++) {
            final String line = readLine(in);
            if (line == null) {
                throw new MalformedException("the request ends within its headers");
            }
            if (line.isEmpty()) {
                return headers;
            }
            final int colon = line.indexOf(':');
            if (colon < 1) {
                throw new MalformedException("not a header: " + line);
            }
            headers.merge(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip(),
                    (first, next) -> first + ", " + next);
        }
        throw new MalformedException("more than " + MAX_HEADERS + " headers");
    }

    private static String readBody(InputStream in, Map<String, String> headers) throws IOException {
        if (headers.containsKey("transfer-encoding")) {
            throw new MalformedException("send the body with a Content-Length");
        }
        final String length = headers.getOrDefault("content-length", "0");
        if (!length.matches("[0-9]{1,7}") || Integer.parseInt(length) > MAX_BODY_BYTES) {
            throw new MalformedException("Content-Length " + length + " is not in 0.." + MAX_BODY_BYTES);
        }
        return new String(in.readNBytes(Integer.parseInt(length)), StandardCharsets.UTF_8);
    }

    /** Reads a line without its CRLF; null at the end of input. */
    private static @Nullable String readLine(InputStream in) throws IOException {
        final StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0; c = in.read()) {
            if (c == '\n') {
                final int length = line.length();
                return length > 0 && line.charAt(length - 1) == '\r' ? line.substring(0, length - 1) : line.toString();
            }
            if (line.length() >= MAX_LINE_BYTES) {
                throw new MalformedException("a line of more than " + MAX_LINE_BYTES + " bytes");
            }
            line.append((char) c);
        }
        return null;
    }

    boolean keepsAlive() {
        final String connection = headers.getOrDefault("connection", "").toLowerCase(Locale.ROOT);
        return version.equals("1.1") ? !connection.contains("close") : connection.contains("keep-alive");
    }

    String path() {
        final int question = target.indexOf('?');
        return question < 0 ? target : target.substring(0, question);
    }

    /** Returns the text after the question mark; null without one. */
    @Nullable
    String query() {
        final int question = target.indexOf('?');
        return question < 0 ? null : target.substring(question + 1);
    }
}

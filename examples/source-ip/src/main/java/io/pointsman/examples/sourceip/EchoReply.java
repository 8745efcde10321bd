package io.pointsman.examples.sourceip;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Objects;

/** The reply in the tutorial's words and order. */
final class EchoReply {
    private static final String JAVA_VERSION =
            Integer.toString(Runtime.version().feature());

    private EchoReply() {}

    static void write(OutputStream out, HttpRequest request, InetAddress peer, InetAddress self) throws IOException {
        final byte[] body = EchoServer.bytes(body(request, peer, self));
        out.write(EchoServer.bytes("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + body.length
                + "\r\n" + (request.keepsAlive() ? "" : "Connection: close\r\n") + "\r\n"));
        if (!request.method().equals("HEAD")) {
            out.write(body);
        }
    }

    static String body(HttpRequest request, InetAddress peer, InetAddress self) {
        final String host = request.headers().getOrDefault("host", "");
        final StringBuilder text = new StringBuilder(512);
        text.append("CLIENT VALUES:\n");
        line(text, "client_address", AddressText.of(peer));
        line(text, "command", request.method());
        line(text, "real path", request.path());
        line(text, "query", Objects.requireNonNullElse(request.query(), "nil"));
        line(text, "request_version", request.version());
        line(text, "request_uri", "http://" + hostWithPort(host) + request.target());
        text.append("\nSERVER VALUES:\n");
        line(text, "server_version", "source-ip-app on " + AddressText.of(self) + " - java: " + JAVA_VERSION);
        text.append("\nHEADERS RECEIVED:\n");
        request.headers().forEach((name, value) -> line(text, name.toLowerCase(Locale.ROOT), value));
        text.append("BODY:\n");
        text.append(request.body().isEmpty() ? "-no body in request-" : request.body());
        return text.append('\n').toString();
    }

    /** Returns the Host header, with port 8080 added if it has none, as the tutorial's server does. */
    private static String hostWithPort(String host) {
        return host.matches(".*:[0-9]+") ? host : host + ":8080";
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(name).append('=').append(value).append('\n');
    }
}

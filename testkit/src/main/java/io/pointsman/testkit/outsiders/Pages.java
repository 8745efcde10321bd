package io.pointsman.testkit.outsiders;

import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Requests the agent's web pages from a host. */
final class Pages {
    private static final String END_OF_HEAD = "\r\n\r\n";

    private Pages() {}

    /**
     * Returns the body of an answer with status 200.
     *
     * @throws IOException naming what came instead, or that nothing came in time
     */
    static String get(LabHost host, Target target, Duration patience) throws IOException {
        try (SocketChannel channel = host.call(SocketChannel::open)) {
            final Socket socket = channel.socket();
            final int millis = Math.toIntExact(patience.toMillis());
            socket.setSoTimeout(millis);
            socket.connect(target.socketAddress(), millis);
            final String request = target.request().replaceFirst("\r\n\r\n$", "\r\nConnection: close\r\n\r\n");
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            final String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            final int end = answer.indexOf(END_OF_HEAD);
            if (end < 0 || !answer.startsWith("HTTP/1.1 200 ")) {
                throw new IOException("answers \"" + answer.lines().findFirst().orElse("") + "\"");
            }
            return answer.substring(end + END_OF_HEAD.length());
        } catch (IOException e) {
            throw new IOException(target + ": " + e.getMessage(), e);
        }
    }
}

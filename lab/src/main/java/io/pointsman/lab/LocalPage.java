package io.pointsman.lab;

import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Requests pages of a host's own web server from the host, without starting a program each time. */
final class LocalPage {
    private static final int TIMEOUT_MILLIS = 5_000;
    private static final String OK = " 200 ";
    private static final String END_OF_HEAD = "\r\n\r\n";

    private LocalPage() {}

    /** Returns the body of an answer with status 200; empty if there is none, or none yet. */
    static Optional<String> get(LabHost host, int port, String path) {
        try (SocketChannel channel = host.call(SocketChannel::open)) {
            final Socket socket = channel.socket();
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), TIMEOUT_MILLIS);
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.0\r\nHost: localhost\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            final String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            final int end = answer.indexOf(END_OF_HEAD);
            return end < 0
                            || !answer.substring(0, Math.min(answer.length(), 16))
                                    .contains(OK)
                    ? Optional.empty()
                    : Optional.of(answer.substring(end + END_OF_HEAD.length()));
        } catch (IOException _) {
            return Optional
                    .empty(); // it does not listen yet, or ends; the caller asks again, and knows whether it runs
        }
    }
}

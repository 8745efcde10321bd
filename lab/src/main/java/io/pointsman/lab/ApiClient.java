package io.pointsman.lab;

import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * Sends requests to an API server from a host's namespace, one connection for each.
 *
 * @param host the host whose network is used
 */
record ApiClient(LabHost host, String address, int port, String token) {
    private static final int TIMEOUT_MILLIS = 30_000;
    private static final String END_OF_HEAD = "\r\n\r\n";

    /**
     * Sends a request and waits for the answer.
     *
     * @return the body of the answer
     * @throws IOException with the server's message, if the status is not 200 or 201
     */
    String send(String method, String path, String contentType, String body) throws IOException {
        try (SocketChannel channel = host.call(SocketChannel::open)) {
            final Socket socket = channel.socket();
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), TIMEOUT_MILLIS);
            final byte[] content = body.getBytes(StandardCharsets.UTF_8);
            final OutputStream out = socket.getOutputStream();
            out.write(String.join(
                            "\r\n",
                            method + " " + path + " HTTP/1.1",
                            "Host: " + address + ":" + port,
                            "Authorization: Bearer " + token,
                            "Content-Type: " + contentType,
                            "Content-Length: " + content.length,
                            "",
                            "")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(content);
            out.flush();
            socket.shutdownOutput();
            return body(
                    method + " " + path, new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static String body(String request, String answer) throws IOException {
        final int end = answer.indexOf(END_OF_HEAD);
        if (end < 0 || !answer.matches("(?s)HTTP/1\\.1 20[01] .*")) {
            throw new IOException("the lab's API server: " + request + ": " + answer);
        }
        return answer.substring(end + END_OF_HEAD.length());
    }
}

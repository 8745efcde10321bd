package io.pointsman.testkit.lab;

import io.pointsman.model.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The line that an echo server answers with: {@code pointsman-echo SERVER PEER PEER_PORT LOCAL LOCAL_PORT}. */
final class EchoProtocol {
    static final byte[] REQUEST = "who\n".getBytes(StandardCharsets.US_ASCII);
    static final int LINE_LIMIT = 512;

    private static final String GREETING = "pointsman-echo";

    private EchoProtocol() {}

    /** Returns a numbered request for one datagram; its answer ends with the request. */
    static byte[] request(int number) {
        return ("who " + number + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns the answer to a datagram: the line, followed by the request if that is numbered. */
    static byte[] answer(byte[] line, byte[] request) {
        if (!new String(request, StandardCharsets.US_ASCII).matches("who [0-9]+\n")) {
            return line;
        }
        final byte[] both = Arrays.copyOf(line, line.length + request.length);
        System.arraycopy(request, 0, both, line.length, request.length);
        return both;
    }

    static byte[] answer(String server, InetSocketAddress peer, InetSocketAddress local) {
        final String line = String.join(
                " ",
                GREETING,
                server,
                IpAddress.of(peer.getAddress()).toString(),
                Integer.toString(peer.getPort()),
                IpAddress.of(local.getAddress()).toString(),
                Integer.toString(local.getPort()));
        return (line + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    static ProbeResult.Answered parse(String line) throws IOException {
        final String[] words = line.strip().split(" ", -1);
        if (words.length != 6 || !words[0].equals(GREETING)) {
            throw new IOException("not an echo server's answer: \"" + line + "\"");
        }
        return new ProbeResult.Answered(
                words[1],
                IpAddress.parse(words[2]),
                Integer.parseInt(words[3]),
                IpAddress.parse(words[4]),
                Integer.parseInt(words[5]));
    }
}

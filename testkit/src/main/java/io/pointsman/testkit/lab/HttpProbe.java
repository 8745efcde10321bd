package io.pointsman.testkit.lab;

import io.pointsman.model.IpAddress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Sends a request to a web server from a host of the lab, and reads the status of the answer. */
final class HttpProbe {
    private static final int STATUS_LINE_LIMIT = 256;
    private static final String OK = "200";

    private HttpProbe() {}

    /** The status line's code and reason, or what went wrong. */
    record Answer(boolean isOk, String text) {}

    static Answer get(LabHost from, IpAddress to, HealthPoll poll) {
        try (SocketChannel channel = from.call(SocketChannel::open)) {
            final Socket socket = channel.socket();
            final int millis = Math.toIntExact(poll.patience().toMillis());
            socket.connect(new InetSocketAddress(to.toInetAddress(), poll.port()), millis);
            socket.setSoTimeout(millis);
            final String request = "GET " + poll.path() + " HTTP/1.1\r\nHost: " + to.withPort(poll.port())
                    + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return status(statusLine(socket.getInputStream(), poll.patience()));
        } catch (SocketTimeoutException _) {
            return new Answer(false, "no answer within " + poll.patience());
        } catch (ConnectException e) {
            return new Answer(false, "no connection: " + e.getMessage());
        } catch (IOException e) {
            return new Answer(false, "failed: " + e.getMessage());
        }
    }

    private static Answer status(String line) {
        final String[] words = line.split(" ", 3);
        if (words.length < 2 || !words[0].startsWith("HTTP/1.")) {
            return new Answer(false, "not HTTP: \"" + line + "\"");
        }
        return new Answer(words[1].equals(OK), line.substring(words[0].length() + 1));
    }

    private static String statusLine(InputStream in, Duration patience) throws IOException {
        final long deadlineNanos = System.nanoTime() + patience.toNanos();
        final ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (line.size() < STATUS_LINE_LIMIT && System.nanoTime() < deadlineNanos) {
            final int next = in.read();
            if (next < 0 || next == '\n') {
                break;
            }
            line.write(next);
        }
        return line.toString(StandardCharsets.US_ASCII).strip();
    }
}

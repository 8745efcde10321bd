package io.pointsman.spi.userspace;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** TCP clients. Every read gives up after half a minute. */
public final class TestClient {
    private static final int PATIENCE_MILLIS = 30_000;

    private TestClient() {}

    public static Socket connect(InetSocketAddress to) throws IOException {
        return connect("", to);
    }

    public static Socket connect(String from, InetSocketAddress to) throws IOException {
        final Socket socket = new Socket();
        if (!from.isEmpty()) {
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
        }
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.connect(to, PATIENCE_MILLIS);
        return socket;
    }

    /** Reads all that the server sends until it closes. */
    public static String readAll(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    static String ask(InetSocketAddress to) throws IOException {
        return ask("", to);
    }

    static String ask(String from, InetSocketAddress to) throws IOException {
        try (Socket socket = connect(from, to)) {
            return readAll(socket);
        }
    }

    /** Writes {@code bytes} random bytes from the seed. */
    public static void pour(OutputStream out, long seed, long bytes) throws IOException {
        final Random random = new Random(seed);
        final byte[] block = new byte[64 * 1024];
        for (long left = bytes; left > 0; left -= block.length) {
            random.nextBytes(block);
            out.write(block, 0, (int) Math.min(block.length, left));
        }
    }

    /** Reads to the end and returns the number of bytes if they are those of {@link #pour}, else -1. */
    public static long drain(InputStream in, long seed) throws IOException {
        final Random random = new Random(seed);
        final byte[] expected = new byte[64 * 1024];
        long total = 0;
        while (true) {
            final byte[] got = in.readNBytes(expected.length);
            random.nextBytes(expected);
            if (!java.util.Arrays.equals(got, 0, got.length, expected, 0, got.length)) {
                return -1;
            }
            total += got.length;
            if (got.length < expected.length) {
                return total;
            }
        }
    }

    /** Closes a socket with a RST. */
    static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }
}

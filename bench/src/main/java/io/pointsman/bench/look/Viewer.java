package io.pointsman.bench.look;

import io.pointsman.linux.netns.NamespaceThread;
import io.pointsman.linux.netns.NetworkNamespace;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Sends the requests of an open page and of a scraper, each on a thread of its own, until it is closed. */
final class Viewer implements AutoCloseable {
    static final InetSocketAddress METRICS = new InetSocketAddress(InetAddress.getLoopbackAddress(), 10_249);

    private static final int MANY = 2000; // from here on, the page asks at every second state event: services.js
    private static final int WINDOW = 80; // rows of a tall screen, and some beyond
    private static final long SCRAPE_SECONDS = 5;
    private static final Pattern TOKEN = Pattern.compile("\"version\":(\\d+)");

    private final NamespaceThread starter;
    private final int services;
    private final LongAdder answers = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final AtomicBoolean isOpen = new AtomicBoolean(true);
    private final AtomicReference<IOException> failure = new AtomicReference<>();
    private volatile Optional<Closeable> stream = Optional.empty();
    private String known = "";

    /** A loop that may block and may fail. */
    private interface Loop {
        void run() throws IOException, InterruptedException;
    }

    private Viewer(NetworkNamespace node, int services) throws IOException {
        this.services = services;
        starter = node.openThread("viewer"); // its child threads are in the same namespace
    }

    /** @param state the agent's state folder */
    static Viewer start(NetworkNamespace node, int services, Looking looking, Path state) throws IOException {
        final Viewer viewer = new Viewer(node, services);
        switch (looking) {
            case UNWATCHED -> {}
            case CONFIGURED -> viewer.begin(viewer::scrape);
            case SERVICES -> {
                viewer.begin(viewer::scrape);
                viewer.begin(() -> viewer.watchPage("", true));
            }
            case CONNECTIONS -> {
                viewer.begin(viewer::scrape);
                viewer.begin(() -> viewer.watchPage("?flows=1", false));
            }
            case FOLLOW -> {
                viewer.begin(viewer::scrape);
                viewer.begin(() -> viewer.follow(state.resolve("control.sock")));
            }
        }
        return viewer;
    }

    private void begin(Loop loop) throws IOException {
        starter.call(() -> Thread.ofPlatform().daemon().start(() -> {
            try {
                while (isOpen.get()) {
                    loop.run();
                }
            } catch (IOException e) {
                if (isOpen.get()) {
                    failure.set(e);
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }));
    }

    private void scrape() throws IOException, InterruptedException {
        bytes.add(get("/metrics").length());
        answers.increment();
        TimeUnit.SECONDS.sleep(SCRAPE_SECONDS);
    }

    /** Reads one stream, which the agent ends after a while; the page then opens the next. */
    private void watchPage(String query, boolean asks) throws IOException {
        try (Socket socket = new Socket(METRICS.getAddress(), METRICS.getPort())) {
            stream = Optional.of(socket);
            send(socket, "/dashboard/live" + query);
            final BufferedReader lines =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            requireOk(lines.readLine(), "the stream");
            int signs = 0;
            for (String line = lines.readLine(); line != null && isOpen.get(); line = lines.readLine()) {
                bytes.add(line.length() + 1L);
                if (line.startsWith("event:")) {
                    answers.increment();
                }
                if (asks && line.equals("event: state") && (services < MANY || signs++ % 2 == 0)) {
                    final String answer = get("/dashboard/api/services?sort=rate&limit=" + WINDOW + known);
                    bytes.add(answer.length());
                    final Matcher token = TOKEN.matcher(answer);
                    known = token.find() ? "&have=" + token.group(1) : "";
                }
            }
        }
    }

    private void follow(Path control) throws IOException {
        try (SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            stream = Optional.of(socket);
            socket.connect(UnixDomainSocketAddress.of(control));
            socket.write(ByteBuffer.wrap(
                    "GET /flows/follow HTTP/1.1\r\nHost: agent\r\n\r\n".getBytes(StandardCharsets.UTF_8)));
            final BufferedReader lines =
                    new BufferedReader(new InputStreamReader(Channels.newInputStream(socket), StandardCharsets.UTF_8));
            requireOk(lines.readLine(), "flows --follow");
            for (String line = lines.readLine(); line != null && isOpen.get(); line = lines.readLine()) {
                bytes.add(line.length() + 1L);
                answers.increment();
            }
        }
    }

    private static String get(String path) throws IOException {
        try (Socket socket = new Socket(METRICS.getAddress(), METRICS.getPort())) {
            send(socket, path);
            final String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            requireOk(answer, path);
            return answer;
        }
    }

    private static void requireOk(@Nullable String answer, String what) throws IOException {
        if (answer == null || !answer.startsWith("HTTP/1.1 200 ")) {
            throw new IOException(what + ": "
                    + Optional.ofNullable(answer)
                            .flatMap(text -> text.lines().findFirst())
                            .orElse("no answer"));
        }
    }

    private static void send(Socket socket, String path) throws IOException {
        socket.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + METRICS.getPort()
                                + "\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the number of pages, windows, events and lines received so far. */
    long answers() {
        return answers.sum();
    }

    /** Returns their size in bytes, heads included. */
    long bytes() {
        return bytes.sum();
    }

    /** @throws IOException if a request failed, so that nothing was measured */
    @Override
    public void close() throws IOException {
        isOpen.set(false);
        starter.close();
        if (stream.isPresent()) {
            stream.get().close();
        }
        final IOException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
    }
}

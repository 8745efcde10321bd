package io.pointsman.examples.sourceip;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The source-ip-app of Kubernetes' "Using Source IP" tutorial: sends each client the address that its request came from,
 * over TCP as HTTP and over UDP in one datagram. One process can listen at any number of addresses.
 */
public final class EchoServer implements AutoCloseable {
    static final String USAGE = """
            usage: EchoServer [--until-stdin-ends] ADDRESS:PORT... [--proxy-protocol ADDRESS:PORT...]

            Answers HTTP (TCP) and any datagram (UDP) on each address with what it sees of the client.
              --proxy-protocol    on the addresses after it every TCP connection begins with a PROXY protocol header,
                                  version 2, and what that says of the client counts
              --until-stdin-ends  stop when standard input ends: when the process that holds its other end has ended""";

    private final List<AutoCloseable> listeners = new ArrayList<>();

    private EchoServer() {}

    /**
     * Listens at these addresses; port 0 takes a free one.
     *
     * @throws IOException if one of them can't be bound, naming it; none stays open then
     */
    public static EchoServer start(List<InetSocketAddress> addresses) throws IOException {
        return start(addresses, List.of());
    }

    /**
     * Listens at these addresses, and at others behind a proxy.
     *
     * @param proxied more addresses, where every connection begins with a PROXY protocol header that names the
     *     client; TCP only
     */
    public static EchoServer start(List<InetSocketAddress> addresses, List<InetSocketAddress> proxied)
            throws IOException {
        final EchoServer server = new EchoServer();
        try {
            for (InetSocketAddress address : addresses) {
                final HttpEcho http = HttpEcho.open(address, false);
                server.listeners.add(http);
                server.listeners.add(UdpEcho.open(http.address()));
            }
            for (InetSocketAddress address : proxied) {
                server.listeners.add(HttpEcho.open(address, true));
            }
        } catch (IOException e) {
            server.close();
            throw e;
        }
        return server;
    }

    /** Returns the bound addresses, in the requested order. */
    public List<InetSocketAddress> addresses() {
        return listeners.stream()
                .filter(HttpEcho.class::isInstance)
                .map(HttpEcho.class::cast)
                .map(HttpEcho::address)
                .toList();
    }

    /** Stops listening; requests being answered are cut off. */
    @Override
    public void close() {
        for (AutoCloseable listener : listeners) {
            try {
                listener.close();
            } catch (Exception e) {
                throw new IllegalStateException("closing a listener failed", e);
            }
        }
    }

    public static void main(String[] args) {
        System.exit(run(args, System.out, System.err));
    }

    private static int run(String[] args, PrintStream out, PrintStream err) {
        final List<InetSocketAddress> addresses = new ArrayList<>();
        final List<InetSocketAddress> proxied = new ArrayList<>();
        boolean untilStdinEnds = false;
        boolean expectsProxy = false;
        try {
            for (String arg : args) {
                if (arg.equals("--until-stdin-ends")) {
                    untilStdinEnds = true;
                } else if (arg.equals("--proxy-protocol")) {
                    expectsProxy = true;
                } else {
                    (expectsProxy ? proxied : addresses).add(parse(arg));
                }
            }
            if (addresses.isEmpty() && proxied.isEmpty()) {
                throw new IllegalArgumentException("no address to listen on");
            }
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage() + "\n" + USAGE);
            return 2;
        }
        try (EchoServer _ = start(addresses, proxied)) {
            if (untilStdinEnds) {
                System.in.transferTo(PrintStream.nullOutputStream());
            } else {
                out.println("echo server on " + String.join(" ", args));
                Thread.currentThread().join();
            }
            return 0;
        } catch (IOException e) {
            err.println("echo server: " + e.getMessage());
            return 1;
        } catch (InterruptedException _) {
            return 0;
        }
    }

    /** Parses {@code 127.0.0.1:8080} or {@code [::1]:8080}. */
    static InetSocketAddress parse(String text) {
        final int colon = text.lastIndexOf(':');
        final String port = text.substring(colon + 1);
        if (colon < 1 || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
            throw new IllegalArgumentException("not ADDRESS:PORT: \"" + text + "\"");
        }
        final String host = text.substring(0, colon).replaceAll("^\\[|]$", "");
        return new InetSocketAddress(InetAddress.ofLiteral(host), Integer.parseInt(port));
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

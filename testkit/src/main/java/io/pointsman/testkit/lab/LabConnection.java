package io.pointsman.testkit.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A client's connection to an echo server, or the failure to make one. Used by one thread. */
public final class LabConnection implements AutoCloseable {
    private final @Nullable EchoClient client;
    private final @Nullable ProbeResult failure;

    private LabConnection(@Nullable EchoClient client, @Nullable ProbeResult failure) {
        this.client = client;
        this.failure = failure;
    }

    static LabConnection open(LabHost host, Probe probe) {
        try {
            final EchoClient client = client(host, probe);
            try {
                bind(client, probe);
                final InetSocketAddress remote =
                        new InetSocketAddress(probe.to().toInetAddress(), probe.port());
                final Optional<ProbeResult> failure =
                        Failures.of("a connection", () -> client.connect(remote, millis(probe.patience())));
                if (failure.isPresent()) {
                    client.close();
                    return new LabConnection(null, failure.get());
                }
                return new LabConnection(client, null);
            } catch (IOException e) {
                client.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("can't probe " + probe + " from " + host, e);
        }
    }

    private static EchoClient client(LabHost host, Probe probe) throws IOException {
        final StandardProtocolFamily family =
                probe.to().isIpv4() ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
        return switch (probe.protocol()) {
            case TCP -> new EchoClient.Stream(host.call(() -> SocketChannel.open(family)));
            case UDP -> new EchoClient.Datagrams(host.call(() -> DatagramChannel.open(family)));
            case SCTP -> SctpClient.open(host, probe);
        };
    }

    private static void bind(EchoClient client, Probe probe) throws IOException {
        if (probe.from().isEmpty() && probe.fromPort() == 0) {
            return;
        }
        final InetSocketAddress own = probe.from().isPresent()
                ? new InetSocketAddress(probe.from().get().toInetAddress(), probe.fromPort())
                : new InetSocketAddress(probe.fromPort());
        switch (client) {
            case EchoClient.Stream(SocketChannel channel) ->
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true).bind(own);
            case EchoClient.Datagrams datagrams -> datagrams.bind(own);
            case SctpClient sctp
            when probe.from().isPresent() -> sctp.bind(probe.from().get());
            case SctpClient _ -> {} // a port is all that was to be bound
        }
    }

    /** Whether there is a connection; always true for UDP, which has none. */
    public boolean isConnected() {
        return failure == null;
    }

    /** Asks the server for its name and the client's address as it sees it. */
    public ProbeResult exchange(Duration patience) {
        if (client == null) {
            return failure == null ? new ProbeResult.TimedOut("a connection") : failure;
        }
        return Failures.outcome("an answer", () -> EchoProtocol.parse(client.ask(millis(patience))));
    }

    private static int millis(Duration patience) {
        return Math.toIntExact(Math.max(1, patience.toMillis()));
    }

    @Override
    public void close() {
        if (client != null) {
            try {
                client.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

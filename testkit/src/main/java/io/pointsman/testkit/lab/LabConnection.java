package io.pointsman.testkit.lab;

import io.pointsman.model.Protocol;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
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
            final NetworkChannel channel = host.call(() -> channel(probe));
            try {
                final EchoClient client = probe.protocol() == Protocol.TCP
                        ? new EchoClient.Stream((SocketChannel) channel)
                        : new EchoClient.Datagrams((DatagramChannel) channel);
                final Optional<ProbeResult> failure = connect(client, channel, probe);
                if (failure.isPresent()) {
                    channel.close();
                    return new LabConnection(null, failure.get());
                }
                return new LabConnection(client, null);
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("can't probe " + probe + " from " + host, e);
        }
    }

    private static NetworkChannel channel(Probe probe) throws IOException {
        final StandardProtocolFamily family =
                probe.to().isIpv4() ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
        return switch (probe.protocol()) {
            case TCP -> SocketChannel.open(family);
            case UDP -> DatagramChannel.open(family);
            case SCTP -> throw new UnsupportedOperationException("no probe speaks SCTP");
        };
    }

    private static Optional<ProbeResult> connect(EchoClient client, NetworkChannel channel, Probe probe)
            throws IOException {
        if (probe.from().isPresent() || probe.fromPort() != 0) {
            if (probe.protocol() == Protocol.TCP) {
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            }
            channel.bind(
                    probe.from().isPresent()
                            ? new InetSocketAddress(probe.from().get().toInetAddress(), probe.fromPort())
                            : new InetSocketAddress(probe.fromPort()));
        }
        final InetSocketAddress remote = new InetSocketAddress(probe.to().toInetAddress(), probe.port());
        return Failures.of("a connection", () -> client.connect(remote, millis(probe.patience())));
    }

    /** Whether there is a connection; true for UDP, which has none to fail. */
    public boolean isConnected() {
        return failure == null;
    }

    /** Asks the server who it is and whom it sees. */
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

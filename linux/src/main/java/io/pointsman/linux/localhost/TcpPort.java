package io.pointsman.linux.localhost;

import io.pointsman.plan.Rule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** A TCP port: accepts connections, each of which gets a relay. */
final class TcpPort implements Port, Ready {
    private static final int MAX_ACCEPTS = 64;

    private final ForwarderLoop loop;
    private final ServerSocketChannel channel;
    private final StaleTcp stale;
    private final InetSocketAddress address;
    private final EndpointChoice choice;
    private final SelectionKey key;

    private TcpPort(
            ForwarderLoop loop, ServerSocketChannel channel, InetSocketAddress address, StaleTcp stale, Rule rule)
            throws IOException {
        this.loop = loop;
        this.channel = channel;
        this.address = address;
        this.stale = stale;
        this.choice = new EndpointChoice(rule, loop.tcpPorts);
        this.key = loop.register(channel, SelectionKey.OP_ACCEPT, this);
        loop.tcpPorts.add(address);
    }

    static TcpPort open(ForwarderLoop loop, InetSocketAddress address, StaleTcp stale, Rule rule) throws IOException {
        final ServerSocketChannel channel = ServerSocketChannel.open(Sockets.family(address));
        try {
            channel.bind(address, 0);
            return new TcpPort(loop, channel, address, stale, rule);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public void change(Rule rule) {
        choice.set(rule);
        loop.run(this::cutStale);
    }

    @Override
    public void close() {
        choice.end();
        loop.tcpPorts.remove(address);
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        loop.run(() -> {
            loop.resting.remove(this);
            cutStale();
        });
    }

    private void cutStale() {
        if (stale == StaleTcp.CUT) {
            loop.relays.stream().filter(relay -> relay.isStale(choice)).toList().forEach(TcpRelay::reset);
        }
    }

    @Override
    public void ready(SelectionKey ready, long nowNanos) throws IOException {
        for (int i = 0; i < MAX_ACCEPTS; i++) {
            final SocketChannel client = channel.accept();
            if (client == null) {
                return;
            }
            if (loop.relays.size() >= loop.limits.connections()) {
                loop.warn("a connection to " + address + " is refused: there are " + loop.limits.connections()
                        + " at loopback node ports already");
                Sockets.reset(client);
            } else {
                TcpRelay.start(loop, client, choice, nowNanos);
            }
        }
    }

    /** Pauses accepting, which failed, most likely for want of descriptors. Clients wait until {@link #resume}. */
    @Override
    public void fail(SelectionKey failed) {
        if (channel.isOpen() && interest(0)) {
            loop.warn("connections to loopback node ports wait: none can be accepted at the moment (ulimit -n)");
            loop.resting.add(this);
        }
    }

    void resume() {
        loop.resting.remove(this);
        interest(SelectionKey.OP_ACCEPT);
    }

    private boolean interest(int operations) {
        try {
            key.interestOps(operations);
            return true;
        } catch (CancelledKeyException _) { // closed by the other thread
            return false;
        }
    }
}

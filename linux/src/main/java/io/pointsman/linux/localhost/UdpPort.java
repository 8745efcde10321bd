package io.pointsman.linux.localhost;

import io.pointsman.plan.Rule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A UDP port: passes each client's datagrams to its session, and replies from its own address. */
final class UdpPort implements Port, Ready {
    private static final int MAX_DATAGRAMS = 64;

    private final ForwarderLoop loop;
    private final DatagramChannel channel;
    private final InetSocketAddress address;
    private final EndpointChoice choice;
    /** Sessions by client. Loop only. */
    private final Map<SocketAddress, UdpSession> sessions = new HashMap<>();

    private UdpPort(ForwarderLoop loop, DatagramChannel channel, InetSocketAddress address, Rule rule)
            throws IOException {
        this.loop = loop;
        this.channel = channel;
        this.address = address;
        this.choice = new EndpointChoice(rule, loop.udpPorts);
        loop.register(channel, SelectionKey.OP_READ, this);
        loop.udpPorts.add(address);
    }

    static UdpPort open(ForwarderLoop loop, InetSocketAddress address, Rule rule) throws IOException {
        final DatagramChannel channel = DatagramChannel.open(Sockets.family(address));
        try {
            channel.bind(address);
            return new UdpPort(loop, channel, address, rule);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public void change(Rule rule) {
        choice.set(rule);
        loop.run(this::endStale);
    }

    @Override
    public void close() {
        choice.end();
        loop.udpPorts.remove(address);
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        loop.run(this::endStale);
    }

    private void endStale() {
        List.copyOf(sessions.values()).stream().filter(UdpSession::isStale).forEach(UdpSession::close);
    }

    @Override
    public void ready(SelectionKey key, long nowNanos) throws IOException {
        for (int i = 0; i < MAX_DATAGRAMS; i++) {
            final ByteBuffer datagram = loop.scratch.clear();
            final SocketAddress client = channel.receive(datagram);
            if (client == null) {
                return;
            }
            datagram.flip();
            UdpSession session = sessions.get(client);
            if (session == null) {
                if (loop.sessions.size() >= loop.limits.sessions()) {
                    loop.warn("datagrams to " + address + " are dropped: there are " + loop.limits.sessions()
                            + " sessions at loopback node ports already");
                    continue;
                }
                session = new UdpSession(loop, this, client, choice);
                sessions.put(client, session);
                loop.sessions.add(session);
            }
            session.toEndpoint(datagram, nowNanos);
        }
    }

    /** Warns of a datagram that could not be read; the socket stays open. */
    @Override
    public void fail(SelectionKey key) {
        if (channel.isOpen()) {
            loop.warn("a datagram at a loopback node port could not be read");
        }
    }

    /** Sends a reply; if the client's host does not take it, it is lost, as datagrams may be. */
    void toClient(ByteBuffer datagram, SocketAddress client) {
        try {
            channel.send(datagram, client);
        } catch (IOException e) {
            loop.warn("an answer from a loopback node port is lost: " + e.getMessage());
        }
    }

    void forget(SocketAddress client) {
        sessions.remove(client);
    }
}

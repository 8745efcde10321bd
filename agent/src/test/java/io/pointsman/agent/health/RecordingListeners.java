package io.pointsman.agent.health;

import io.pointsman.agent.http.HttpServers;
import io.pointsman.agent.http.Listener;
import io.pointsman.agent.http.ListenerFactory;
import io.pointsman.agent.http.Responder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Real HTTP listeners on free loopback ports, stored by the requested addresses. */
final class RecordingListeners implements ListenerFactory, AutoCloseable {
    private final HttpServers servers = new HttpServers();
    private final Map<InetSocketAddress, Listener> open = new LinkedHashMap<>();

    @Override
    public Listener open(InetSocketAddress asked, Responder responder) throws IOException {
        final Listener real = servers.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), responder);
        if (open.putIfAbsent(asked, real) != null) {
            real.close();
            throw new IOException(asked + " is in use");
        }
        return new Listener() {
            @Override
            public InetSocketAddress address() {
                return asked;
            }

            @Override
            public void close() {
                open.remove(asked);
                real.close();
            }
        };
    }

    /** Returns the requested addresses that are open. */
    Set<InetSocketAddress> listening() {
        return Set.copyOf(open.keySet());
    }

    /** Returns the actual address of an open listener with this requested port. */
    InetSocketAddress real(int askedPort) {
        return open.entrySet().stream()
                .filter(entry -> entry.getKey().getPort() == askedPort)
                .map(entry -> entry.getValue().address())
                .findFirst()
                .orElseThrow(() -> new AssertionError("nothing listens on port " + askedPort));
    }

    @Override
    public void close() {
        servers.close();
    }
}

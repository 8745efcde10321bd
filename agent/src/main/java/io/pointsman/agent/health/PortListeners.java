package io.pointsman.agent.health;

import io.pointsman.agent.http.Listener;
import io.pointsman.agent.http.ListenerFactory;
import io.pointsman.agent.http.Responder;
import io.pointsman.model.IpAddress;
import io.pointsman.model.ObjectName;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** Listeners kept in sync with the wanted ports, one for each Service and address. Not thread-safe. */
public final class PortListeners implements AutoCloseable {
    private static final int NO_PORT = 0;

    private final ListenerFactory opener;
    private final Map<Key, Listener> open = new HashMap<>();
    private Map<ObjectName, Integer> wanted = Map.of();

    /** An address and port as requested. */
    public record Port(IpAddress address, int port) {
        @Override
        public String toString() {
            return address.withPort(port);
        }
    }

    private record Key(ObjectName service, Port port) {}

    PortListeners(ListenerFactory opener) {
        this.opener = opener;
    }

    /** Returns the port that the last sync wanted for a Service; 0 for none. */
    int portOf(ObjectName service) {
        return wanted.getOrDefault(service, NO_PORT);
    }

    /** Closes unwanted listeners, then opens missing ones; returns by Service what could not be opened and why. */
    Map<ObjectName, String> sync(
            Map<ObjectName, Integer> ports, Set<IpAddress> addresses, Function<ObjectName, Responder> responders) {
        wanted = Map.copyOf(ports);
        final Set<Key> keys = new HashSet<>();
        ports.forEach(
                (service, port) -> addresses.forEach(address -> keys.add(new Key(service, new Port(address, port)))));
        open.entrySet().removeIf(entry -> {
            final boolean unwanted = !keys.contains(entry.getKey());
            if (unwanted) {
                entry.getValue().close();
            }
            return unwanted;
        });
        final Map<ObjectName, String> failures = new TreeMap<>();
        for (Key key : keys) {
            if (!open.containsKey(key)) {
                open(key, responders.apply(key.service()), failures);
            }
        }
        return failures;
    }

    private void open(Key key, Responder responder, Map<ObjectName, String> failures) {
        final InetSocketAddress address = new InetSocketAddress(
                key.port().address().toInetAddress(), key.port().port());
        try {
            open.put(key, opener.open(address, responder));
        } catch (IOException e) {
            failures.merge(key.service(), reason(e), (first, next) -> first + "; " + next);
        }
    }

    private static String reason(IOException e) {
        return "health check node port not open: " + e.getMessage() + "; free it, it is tried again";
    }

    Set<Port> listening() {
        final Set<Port> ports = new HashSet<>();
        open.keySet().forEach(key -> ports.add(key.port()));
        return Set.copyOf(ports);
    }

    @Override
    public void close() {
        open.values().forEach(Listener::close);
        open.clear();
        wanted = Map.of();
    }
}

package io.pointsman.agent.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A listener that is wanted for as long as the agent runs, and opened as soon as its port is free. Used by one thread. */
public final class RetriedListener implements AutoCloseable {
    private final ListenerFactory factory;
    private final InetSocketAddress address;
    private final Responder responder;
    private volatile @Nullable Listener listener;

    public RetriedListener(ListenerFactory factory, InetSocketAddress address, Responder responder) {
        this.factory = factory;
        this.address = address;
        this.responder = responder;
    }

    /** Opens it if it is not open; tells why it can't. */
    public Optional<String> tryOpen() {
        if (listener == null) {
            try {
                listener = factory.open(address, responder);
            } catch (IOException e) {
                return Optional.of(e.getMessage() + "; it is tried again");
            }
        }
        return Optional.empty();
    }

    /** Where it listens, empty while it can't; any thread may ask. */
    public Optional<InetSocketAddress> address() {
        return Optional.ofNullable(listener).map(Listener::address);
    }

    /** The address that was asked for. */
    public InetSocketAddress wanted() {
        return address;
    }

    @Override
    public void close() {
        final Listener open = listener;
        listener = null;
        if (open != null) {
            open.close();
        }
    }
}

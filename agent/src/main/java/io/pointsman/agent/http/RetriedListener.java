package io.pointsman.agent.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A listener that is wanted while the agent runs, and is opened as soon as its port is free. Used by one thread. */
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

    /** Opens the listener if it is not open; returns why it can't be. */
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

    /** Returns the bound address; empty if not open. Any thread may call it. */
    public Optional<InetSocketAddress> address() {
        return Optional.ofNullable(listener).map(Listener::address);
    }

    /** Returns the requested address. */
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

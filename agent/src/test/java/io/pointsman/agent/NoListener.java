package io.pointsman.agent;

import io.pointsman.agent.http.Listener;
import java.net.InetSocketAddress;

/** A listener that nobody can reach. */
final class NoListener implements Listener {
    @Override
    public InetSocketAddress address() {
        return new InetSocketAddress(0);
    }

    @Override
    public void close() {}
}

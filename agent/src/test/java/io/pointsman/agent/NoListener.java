package io.pointsman.agent;

import io.pointsman.agent.http.Listener;
import java.net.InetSocketAddress;

/** A listener that can't be reached. */
final class NoListener implements Listener {
    @Override
    public InetSocketAddress address() {
        return new InetSocketAddress(0);
    }

    @Override
    public void close() {}
}

package io.pointsman.linux.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.netlink.NetlinkSocket.Received;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.testing.Namespaces;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests with the kernel, in a network namespace of their own; needs root. */
class LinkEventsTest {
    private static final int PATIENCE_MILLIS = 20_000;

    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    @Test
    void shouldTellThatAnInterfaceCameAndThatItWent() throws Exception {
        final NetworkNamespace namespace = namespaces.create();
        try (LinkEvents events = namespace.call(LinkEvents::listen);
                RouteNetlink route = namespace.call(RouteNetlink::open)) {
            assertThat(events.await(0)).isEqualTo(Received.NOTHING);
            route.addVethPair("pod", "eth0");
            assertThat(events.await(PATIENCE_MILLIS)).isEqualTo(Received.EVENTS);
            Received received = Received.EVENTS;
            while (received == Received.EVENTS) { // it may come in several
                received = events.await(100);
            }
            route.deleteLink("pod");
            assertThat(events.await(PATIENCE_MILLIS)).isEqualTo(Received.EVENTS);
        }
    }

    @Test
    void shouldEndTheWaitWhenClosed() throws Exception {
        final NetworkNamespace namespace = namespaces.create();
        final LinkEvents events = namespace.call(LinkEvents::listen);
        final FutureTask<Received> waiting = new FutureTask<>(() -> events.await(PATIENCE_MILLIS));
        final Thread thread = Thread.ofPlatform().daemon().start(waiting);
        events.close();
        thread.join();
        assertThat(waiting.get()).isEqualTo(Received.CLOSED);
    }
}

package io.pointsman.spi.userspace;

import static io.pointsman.spi.userspace.ProxyFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests an event loop that ends unexpectedly: its connections are lost, which must be reported. */
class EventLoopTest {
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldReportAFailureWhenAnEventLoopEnded(String transport) {
        try (ProxyFixture proxy = ProxyFixture.open("transport", transport)) {
            assertThat(proxy.backend().failure()).isEmpty();
            final var relayLoop = proxy.backend().proxy().relayLoops().getFirst();
            final var _ = relayLoop.loop().shutdownGracefully(0, 1, TimeUnit.SECONDS);
            await("it is told", () -> proxy.backend().failure().isPresent());
            assertThat(proxy.backend().failure().orElseThrow()).contains("1 of 2 event loops");
            assertThat(proxy.backend().audit().findings())
                    .contains(proxy.backend().failure().orElseThrow());
        } // the rest can be closed
    }

    @Test
    void shouldReportNoFailureWhenItIsClosed() {
        final ProxyFixture proxy = ProxyFixture.open();
        proxy.close();
        assertThat(proxy.backend().failure()).isEmpty();
    }
}

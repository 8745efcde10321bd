package io.pointsman.spi.userspace;

import static io.pointsman.spi.userspace.ProxyFixture.at;
import static io.pointsman.spi.userspace.ProxyFixture.await;
import static io.pointsman.spi.userspace.ProxyFixture.freeTcp;
import static io.pointsman.spi.userspace.ProxyFixture.freeUdp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.model.Protocol;
import io.pointsman.nat.counters.CounterFile;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.Capabilities;
import io.pointsman.spi.userspace.host.HostCapabilities;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LifecycleTest {
    @Test
    void shouldBeFoundByItsName() {
        final BackendProvider provider = ServiceLoader.load(BackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(found -> found.name().equals("userspace"))
                .findFirst()
                .orElseThrow();
        assertThat(provider.priority()).isLessThan(100);
        assertThat(provider.probe().isAvailable()).isTrue();
        assertThat(provider.capabilities().protocols()).doesNotContain(Protocol.SCTP);
    }

    @Test
    void shouldSayWhatItCannotDoWhenTheHostIsNotToBeAsked() {
        final BackendProvider provider = new UserspaceProvider(() -> HostCapabilities.none("not asked for"));
        assertThat(provider.capabilities().has(Capabilities.Feature.KEEPS_SOURCE))
                .isFalse();
        assertThat(provider.capabilities().has(Capabilities.Feature.OWNS_FOREIGN_VIPS))
                .isFalse();
        assertThat(provider.capabilities().deviations())
                .extracting(Capabilities.Deviation::aspect)
                .contains("client-source", "drop", "reject");
        assertThat(provider.probe().reason()).contains("not asked for");
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldLeaveNoThreadAndNoDescriptorWhenClosed(String transport) throws Exception {
        openUseAndClose(transport); // for what is loaded once and kept, such as the native library
        await("its threads end", () -> threads() == 0);
        final long before = descriptors();
        for (int i = 0; i < 3; i++) {
            openUseAndClose(transport);
        }
        await("its threads end", () -> threads() == 0);
        await("its descriptors are closed", () -> descriptors() <= before);
    }

    private static void openUseAndClose(String transport) throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("transport", transport);
                TestServer server = TestServer.start(TestServer.ECHO);
                UdpServer udpServer = UdpServer.start("udp");
                UdpClient udpClient = new UdpClient()) {
            final Frontend tcp = freeTcp();
            final Frontend udp = freeUdp();
            proxy.apply(TestPlans.rule(tcp, server.address()), TestPlans.rule(udp, udpServer.address()));
            udpClient.connect(at(udp));
            assertThat(udpClient.askName()).isEqualTo("udp");
            try (Socket client = TestClient.connect(at(tcp))) {
                client.getOutputStream().write(1);
                assertThat(client.getInputStream().read()).isEqualTo(1);
                proxy.stop();
                assertThatThrownBy(() -> TestClient.readAll(client)).hasMessageContaining("reset");
                await("the endpoint is told", () -> server.open() == 0);
            }
        }
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("pointsman-userspace")
                        || thread.getName().startsWith("globalEventExecutor"))
                .count();
    }

    private static long descriptors() {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void shouldLetConnectionsEndByThemselvesWhenClosing() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("close-timeout", "1h");
                TestServer server = TestServer.start(TestServer.ECHO)) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            try (Socket client = TestClient.connect(at(frontend))) {
                client.getOutputStream().write(1);
                assertThat(client.getInputStream().read()).isEqualTo(1);
                final Thread closing = Thread.ofPlatform().start(proxy::stop);
                await("it no longer listens", () -> {
                    try (Socket _ = TestClient.connect(at(frontend))) {
                        return false;
                    } catch (IOException e) {
                        return e instanceof ConnectException;
                    }
                });
                client.getOutputStream().write(2);
                assertThat(client.getInputStream().read()).isEqualTo(2);
                client.shutdownOutput();
                assertThat(client.getInputStream().read()).isEqualTo(-1);
                closing.join(TimeUnit.SECONDS.toMillis(30));
                assertThat(closing.isAlive()).isFalse();
            }
        }
    }

    @Test
    void shouldCountInItsStateFolderUnlessAnotherDoes(@TempDir Path folder) throws Exception {
        final BackendConfig config = new BackendConfig(folder.resolve("userspace"), Map.of());
        try (Backend first = new UserspaceProvider().open(config);
                Backend second = new UserspaceProvider().open(config)) { // counts in memory, and works
            try (CounterFile counters = CounterFile.open(folder.resolve("userspace/counters.dat"))) {
                assertThat(counters.read()).isNotEmpty();
            }
            assertThat(first.flows()).isEmpty();
            assertThat(second.flows()).isEmpty();
        }
    }

    @Test
    void shouldRefusePlansWhenClosed(@TempDir Path folder) throws Exception {
        final Backend backend = new UserspaceProvider().open(new BackendConfig(folder, Map.of()));
        assertThat(backend.cleanup(false).removed()).isEmpty();
        backend.close();
        final ForwardingPlan plan = TestPlans.plan(1, TestPlans.node());
        assertThatThrownBy(() -> backend.apply(plan, PlanDelta.between(ForwardingPlan.empty(TestPlans.node()), plan)))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("closed");
    }
}

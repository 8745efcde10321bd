package io.pointsman.agent.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.outsiders.AgentLimits;
import io.pointsman.testkit.outsiders.DatagramSources;
import io.pointsman.testkit.outsiders.IdleConnections;
import io.pointsman.testkit.outsiders.PipeliningClients;
import io.pointsman.testkit.outsiders.Site;
import io.pointsman.testkit.outsiders.SlowReaders;
import io.pointsman.testkit.outsiders.Target;
import io.pointsman.testkit.outsiders.TricklingClients;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Attacks of external clients on a node: other clients are served, and the agent ends on SIGTERM. */
class OutsidersSoakTest {
    private static final Duration A_WHILE = Duration.ofSeconds(10);

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    private Path folder;

    private Soak soak(AgentLimits limits, Map<String, String> settings) throws IOException {
        return labs.closing(Soak.start(folder, limits, settings)).watch();
    }

    private static void endWith(Soak soak) throws IOException, InterruptedException {
        soak.goOn(A_WHILE);
        soak.assertNobodyElseNoticed();
        soak.assertEndsWhenTold();
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void shouldServeOthersWhenHttpClientsPipelineAndReadNothing() throws IOException, InterruptedException {
        final Soak soak = soak(Soak.SMALL, Map.of());

        for (int i = 0; i < 2; i++) {
            soak.begin(new PipeliningClients(Site.pagesForOutsiders()));
        }

        endWith(soak);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void shouldServeOthersWhenHttpClientsHoldConnections() throws IOException, InterruptedException {
        final Soak soak = soak(Soak.SMALL, Map.of());

        for (Target page : Site.pagesForOutsiders()) {
            soak.begin(new IdleConnections(
                    600, 2_000, new InetSocketAddress(page.address().toInetAddress(), page.port())));
            soak.begin(new TricklingClients(20, page));
        }

        endWith(soak);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void shouldServeOthersWhenManyReadSlowly() throws IOException, InterruptedException {
        final Soak soak = soak(Soak.SMALL, Map.of());

        soak.begin(new SlowReaders(300, Site.SHARED_VIP));

        endWith(soak);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void shouldServeOthersWhenSomebodyHoardsConnections() throws IOException, InterruptedException {
        final Soak soak = soak(Soak.SMALL.withDescriptors(1024), Map.of());

        soak.begin(new IdleConnections(1_500, 1_000, Site.SHARED_VIP));

        endWith(soak);
        assertThat(soak.agent().said()).doesNotContain("\tat ");
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void shouldAnswerQueriesInFlightWhenTheSessionTableIsFull() throws IOException, InterruptedException {
        final Soak soak =
                soak(Soak.SMALL, Map.of("backend.max-udp-sessions", "1000", "backend.max-connections", "1000"));

        final DatagramSources sources = soak.begin(new DatagramSources(500, Site.SHARED_UDP_VIP));

        soak.goOnUntil(sources, 3_000);
        endWith(soak);
    }
}

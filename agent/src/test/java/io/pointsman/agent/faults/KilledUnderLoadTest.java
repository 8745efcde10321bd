package io.pointsman.agent.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pointsman.agent.AgentCommand;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testserver.FakeCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** An agent that is terminated or killed at any moment of its life, while its cluster changes and connections are made. */
class KilledUnderLoadTest {
    private static final long SEED = 20_261_129;
    private static final int ROUNDS = 8;
    private static final int LONGEST_LIFE_MILLIS = 2500;
    private static final int PASSING = 50;
    private static final long DEADLINE_SECONDS = 60; // only a failing test waits for it

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    private Path folder;

    @Test
    void shouldLoseNothingWheneverItIsEndedOrKilled() throws Exception {
        final FaultSite site = labs.closing(FaultSite.open(folder, "iptables", Optional.empty()));
        final List<String> command = new AgentCommand()
                .of(
                        "run",
                        "--quiet",
                        "--mode",
                        "iptables",
                        "--node",
                        FaultSite.NODE,
                        "--kubeconfig",
                        site.api.kubeconfig(folder).toString(),
                        "--state-directory",
                        folder.resolve("state").toString(),
                        "--healthz-bind-address",
                        "off",
                        "--metrics-bind-address",
                        "off");
        Process agent = site.start(command);
        site.awaitAnswer(FaultSite.SERVICES - 1, true);
        site.connect();
        final Set<String> stable = site.inForce();
        final FakeCluster cluster = site.api.cluster();
        final Random random = new Random(SEED);

        for (int round = 0; round < ROUNDS; round++) {
            final long endNanos =
                    System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(LONGEST_LIFE_MILLIS));
            while (System.nanoTime() - endNanos < 0) {
                final int passing = FaultSite.SERVICES + random.nextInt(PASSING);
                if (random.nextBoolean()) {
                    FaultSite.put(cluster, passing);
                } else {
                    FaultSite.delete(cluster, passing);
                }
                TimeUnit.MILLISECONDS.sleep(5);
            }
            final boolean isKilled = round % 2 == 0;
            if (isKilled) {
                agent.destroyForcibly();
            } else {
                agent.destroy();
            }
            assertThat(agent.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)).isTrue();
            final String when = "round " + round + (isKilled ? ", killed" : ", ended");
            site.assertUnharmed(when, stable);
            assertSavedStateIsWhole(when);
            agent = site.start(command);
        }

        final int last = FaultSite.SERVICES + PASSING;
        FaultSite.put(cluster, last);
        for (int i = 0; i < PASSING; i++) {
            FaultSite.delete(cluster, FaultSite.SERVICES + i);
        }
        site.awaitAnswer(last, true);
        site.await("nothing is left of what passed", () -> {
            final Set<String> inForce = site.inForce();
            return IntStream.range(FaultSite.SERVICES, last).noneMatch(gone -> inForce.contains(FaultSite.rule(gone)));
        });
        site.assertUnharmed("at the end", stable);
        assertThat(site.answered()).as("connections under load").isGreaterThan(100);
    }

    private void assertSavedStateIsWhole(String when) throws IOException {
        final Path saved = folder.resolve("state/cluster");
        if (!Files.exists(saved)) {
            return; // ended before it got that far
        }
        try (Stream<Path> files = Files.list(saved)) {
            for (Path file :
                    files.filter(name -> name.toString().endsWith(".json")).toList()) {
                assertThat(new ObjectMapper().readTree(file.toFile()).get("items"))
                        .as("%s: %s", file, when)
                        .isNotEmpty();
            }
        }
    }
}

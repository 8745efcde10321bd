package io.pointsman.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.pointsman.model.Protocol;
import io.pointsman.spi.BackendException;
import io.pointsman.testkit.lab.LabConnection;
import io.pointsman.testkit.lab.Probe;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Kills agents in the middle of their work, in their own processes; what they leave must forward, and all be known. */
final class KillScenario {
    private static final int KILLS = 3;
    private static final int MAX_DELAY_MILLIS = 150; // several changes of any known backend
    private static final Duration SILENCE = Duration.ofMillis(300);

    private KillScenario() {}

    static void play(ContractCluster cluster) throws IOException, BackendException {
        cluster.requireSurvival();
        final Optional<List<String>> arguments = cluster.victimArguments();
        if (arguments.isEmpty()) {
            Skip.because("the provider's class is not public with a constructor without parameters, so no other process"
                    + " can make one");
        }
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        cluster.declare(Optional.empty());
        cluster.endpoints(1, 2);
        cluster.serve(3);
        final Probe probe = cluster.probe(Protocol.TCP, cluster.vip(), ContractCluster.PORT);
        try (LabConnection lasting = cluster.client().connect(probe)) {
            final int pod = cluster.whoAnswers(lasting);
            assertNotEquals(0, pod, "no answer");
            cluster.stopAgent();
            for (int kill = 0; kill < KILLS; kill++) {
                killInTheMiddle(cluster, arguments.orElseThrow(), random);
                final String when = " after kill " + kill + ", seed " + seed;
                assertEquals(pod, cluster.whoAnswers(lasting), "the lasting connection's pod" + when);
                assertNotEquals(0, cluster.whoAnswers(cluster.client(), probe), "a new connection's pod" + when);
            }
            cluster.startAgent();
            cluster.endpoints(4);
            assertEquals(4, cluster.whoAnswers(cluster.client(), probe), "the pod after the restart, seed " + seed);
            assertEquals(pod, cluster.whoAnswers(lasting), "the lasting connection's pod after the restart");
        }
        assertEquals(List.of(), cluster.backend().audit().findings(), "seed " + seed);
        for (int number = 1; number <= ContractVictim.OTHERS; number += ContractVictim.OTHERS / 3) {
            final Probe gone = cluster.probe(Protocol.TCP, cluster.otherVip(number), ContractCluster.PORT);
            assertEquals(
                    0, cluster.whoAnswers(cluster.client(), gone.within(SILENCE)), "a Service of the killed agent");
        }
        cluster.backend().cleanup(false);
        assertEquals(List.of(), cluster.backend().cleanup(true).removed(), "what a cleanup left, seed " + seed);
    }

    private static void killInTheMiddle(ContractCluster cluster, List<String> arguments, Random random)
            throws IOException {
        final List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ContractVictim.class.getName()));
        command.addAll(arguments);
        final Process victim =
                cluster.node().start(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD));
        try (BufferedReader output = victim.inputReader()) {
            final String line = output.readLine();
            assertEquals(ContractVictim.WORKING, line, "what the agent in a process of its own says");
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(MAX_DELAY_MILLIS)));
        } finally {
            victim.destroyForcibly();
        }
        try {
            victim.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while an agent died", e);
        }
    }
}

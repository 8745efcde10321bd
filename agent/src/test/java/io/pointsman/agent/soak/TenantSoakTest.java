package io.pointsman.agent.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.testkit.lab.EchoServer;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import io.pointsman.testkit.outsiders.AgentProcess;
import io.pointsman.testkit.outsiders.Manifests;
import io.pointsman.testkit.outsiders.Site;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Harmful content that a tenant can write into a Service: it is reported, and other Services are served. */
class TenantSoakTest {
    private static final Duration WINDOW = Duration.ofSeconds(2);
    private static final double IDLE_CPU_SECONDS = 0.5; // a quarter of one processor; an endless loop takes all of one
    private static final int DESCRIPTORS = 4096;

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    private Path folder;

    private Soak soak() throws IOException {
        return labs.closing(Soak.start(folder, Soak.SMALL.withDescriptors(DESCRIPTORS), Map.of()))
                .watch();
    }

    private static String text(String resource) throws IOException {
        try (InputStream in = Objects.requireNonNull(TenantSoakTest.class.getResourceAsStream(resource), resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Waits until the status page contains these words. */
    private static void awaitReported(AgentProcess agent, String... words) throws IOException {
        for (String word : words) {
            agent.await("/status tells of " + word, () -> agent.status().contains(word));
        }
    }

    /** Waits until a connection is refused: a reported problem takes effect a moment later. */
    private static void awaitRefused(Soak soak, Probe probe) throws IOException {
        soak.agent()
                .await(
                        "it is refused: " + probe,
                        () -> soak.site().outsider().send(probe) instanceof ProbeResult.Refused);
    }

    /** Waits until the agent is idle: a traffic loop would use a processor for as long as it exists. */
    private static void awaitIdle(AgentProcess agent) throws IOException {
        agent.await("it is idle", () -> {
            final double before = agent.cpuSeconds();
            try {
                TimeUnit.NANOSECONDS.sleep(WINDOW.toNanos());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
            return agent.cpuSeconds() - before < IDLE_CPU_SECONDS;
        });
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void shouldNotDialItselfWhenEndpointsAreFrontends() throws IOException, InterruptedException {
        final Soak soak = soak();
        final IpAddress first = IpAddress.parse("10.96.0.90");

        for (String loop : List.of("loop-self", "loop-cycle-tcp", "loop-udp")) {
            soak.site().putManifest("loop.yaml", text(loop + ".yaml"));
            awaitReported(soak.agent(), loop.equals("loop-self") ? "shop/loop" : "shop/loop-a");
            final Protocol protocol = loop.equals("loop-udp") ? Protocol.UDP : Protocol.TCP;
            awaitRefused(soak, Probe.of(protocol, first, 80));
            if (loop.equals("loop-self")) {
                awaitRefused(soak, Probe.udp(first, 80));
            }
            assertThat(soak.agent().descriptors()).as("descriptors").isLessThan(DESCRIPTORS / 4);
            soak.site().removeManifest("loop.yaml");
            soak.agent().await("it is gone", () -> !soak.agent().status().contains("shop/loop"));
        }
        soak.assertNobodyElseNoticed();
        awaitIdle(soak.agent());
        soak.assertEndsWhenTold();
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void shouldLeaveAPodItsPortWhenItIsItsOwnFrontend() throws IOException, InterruptedException {
        final Soak soak = soak();
        soak.site().putManifest("ingress.yaml", text("ingress-hostnetwork.yaml"));
        awaitReported(soak.agent(), "shop/ing");

        final EchoServer pod = soak.site().node().serveEcho(Protocol.TCP, Site.NODE, 8088);

        assertThat(soak.site().outsider().send(Probe.tcp(Site.NODE, 8088))).isInstanceOf(ProbeResult.Answered.class);
        pod.close();
        soak.assertNobodyElseNoticed();
        soak.assertEndsWhenTold();
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void shouldTakeAnAddressAndPortAndNothingMoreWhenAServiceClaimsOthers() throws IOException, InterruptedException {
        final Soak soak = soak();
        final EchoServer _ = soak.site().outsider().serveEcho(Protocol.TCP, Site.OTHER_NODE, 7777);
        final EchoServer _ = soak.site().node().serveEcho(Protocol.TCP, Site.NODE, 7777);

        soak.site().putManifest("claims.yaml", text("claims.yaml"));
        soak.site().putManifest("names.yaml", text("names.yaml"));
        soak.site().putManifest("hostile.yaml", text("hostile.yaml"));
        soak.site().putManifest("late.yaml", Manifests.service("late", "10.96.0.30"));

        final IpAddress late = IpAddress.parse("10.96.0.30");
        soak.agent().await("the last Service answers", () -> soak.site()
                .innocent()
                .connect(Probe.tcp(late, 80))
                .isConnected());
        awaitReported(
                soak.agent(),
                "255.255.255.255",
                "240.0.0.9",
                "0.0.0.9",
                "127.0.0.9",
                "169.254.169.254",
                "2222", // node ports out of range
                "10250",
                "shop/b");
        assertThat(soak.site().node().send(Probe.tcp(Site.OTHER_NODE, 7777))).isInstanceOf(ProbeResult.Answered.class);
        assertThat(soak.site().outsider().send(Probe.tcp(Site.NODE, 7777).from(Site.OTHER_NODE)))
                .isInstanceOf(ProbeResult.Answered.class);
        awaitRefused(soak, Probe.tcp(Site.NODE, 2222));
        assertThat(soak.agent().said().lines()).noneMatch(line -> line.startsWith("FORGED"));
        assertThat(soak.agent().said()).doesNotContain("\u001b");
        soak.assertNobodyElseNoticed();
        soak.assertEndsWhenTold();
    }
}

package io.pointsman.spi.userspace;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Backend under test, which takes whole sets of rules, with a clock that a test can move. */
public final class ProxyFixture implements AutoCloseable {
    private static final Path UNUSED = Path.of("unused"); // no entry is recorded

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int MAX_REPAIRS = 5;
    private static final long REPAIR_PAUSE_NANOS = 50_000_000;

    private final AtomicLong clockOffset = new AtomicLong();
    private final UserspaceBackend backend;
    private ForwardingPlan plan = ForwardingPlan.empty(TestPlans.node());

    private ProxyFixture(Map<String, String> settings) throws BackendException {
        backend = UserspaceBackend.open(
                UserspaceSettings.of(new BackendConfig(UNUSED, settings)),
                UNUSED,
                () -> System.nanoTime() + clockOffset.get());
    }

    /** Opens a backend with settings given as key, value, key, value. */
    public static ProxyFixture open(String... settings) {
        final Map<String, String> map = new java.util.HashMap<>(Map.of("close-timeout", "0s", "event-loops", "2"));
        for (int i = 0; i < settings.length; i += 2) {
            map.put(settings[i], settings[i + 1]);
        }
        try {
            return new ProxyFixture(map);
        } catch (BackendException e) {
            throw new IllegalStateException(e);
        }
    }

    public UserspaceBackend backend() {
        return backend;
    }

    /** Replaces all rules. */
    public ApplyReport apply(Rule... rules) {
        return apply(plan.node(), rules);
    }

    public ApplyReport apply(NodeFacts node, Rule... rules) {
        final ForwardingPlan next = TestPlans.plan(plan.version() + 1, node, rules);
        final PlanDelta delta = PlanDelta.between(plan, next);
        try {
            ApplyReport report = backend.apply(next, delta);
            for (int tries = 0; tries < MAX_REPAIRS && isPortTaken(report); tries++) {
                LockSupport.parkNanos(REPAIR_PAUSE_NANOS);
                report = backend.apply(next, PlanDelta.whole(next)); // as the agent does
            }
            plan = next;
            return report;
        } catch (BackendException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether a port is still taken: a program that is being started may hold a copy of a closed probe's descriptor. */
    private static boolean isPortTaken(ApplyReport report) {
        return report.problems().stream()
                .anyMatch(problem -> problem.reason().contains("another socket already listens"));
    }

    void advance(Duration time) {
        clockOffset.addAndGet(time.toNanos());
    }

    /** Closes the backend before the test ends. */
    void stop() {
        backend.close();
    }

    @Override
    public void close() {
        stop();
    }

    /** Returns an unused frontend on a random loopback address. */
    public static Frontend freeTcp() {
        return freeTcp(randomVip());
    }

    public static Frontend freeTcp(IpAddress vip) {
        try (ServerSocket probe = new ServerSocket(unusedPort(), 1, vip.toInetAddress())) {
            return new Frontend(Protocol.TCP, vip, probe.getLocalPort());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a port below those that the kernel gives to connections, which may be taken before the backend binds them. */
    private static int unusedPort() {
        return 10_000 + ThreadLocalRandom.current().nextInt(20_000);
    }

    static Frontend freeUdp() {
        return freeUdp(randomVip());
    }

    static Frontend freeUdp(IpAddress vip) {
        try (DatagramSocket probe = new DatagramSocket(unusedPort(), vip.toInetAddress())) {
            return new Frontend(Protocol.UDP, vip, probe.getLocalPort());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns an address in 127.32.0.0/11, which neither clients nor endpoints of these tests use. */
    static IpAddress randomVip() {
        return IpAddress.ofIpv4(0x7F20_0001 + ThreadLocalRandom.current().nextInt(0x1F_FFF0));
    }

    public static InetSocketAddress at(Frontend frontend) {
        return new InetSocketAddress(frontend.vip().toInetAddress(), frontend.port());
    }

    /** Returns a loopback address and port without a listener. */
    static InetSocketAddress nobody() {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.9"))) {
            return new InetSocketAddress(probe.getInetAddress(), probe.getLocalPort());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until a condition holds, with a long timeout for machines under load. */
    public static void await(String what, BooleanSupplier condition) {
        final long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline)
                    .as("waited too long: " + what)
                    .isNegative();
            LockSupport.parkNanos(1_000_000);
        }
    }
}

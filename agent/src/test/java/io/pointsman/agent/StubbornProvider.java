package io.pointsman.agent;

import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.AuditReport;
import io.pointsman.spi.Availability;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.Capabilities;
import io.pointsman.spi.CleanupReport;
import io.pointsman.spi.FlowRecord;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A backend that hangs or fails as its settings say: {@code apply=hang}, {@code close=hang}, {@code failure=REASON} from
 * the first plan on, {@code print=flood} to standard output until its reader stops. A hanging call can't be interrupted,
 * and announces itself on standard output.
 */
public final class StubbornProvider implements BackendProvider {
    static final String NAME = "stubborn";
    /** System property that makes the backend claim to work in the kernel, if {@code true}. */
    static final String IN_KERNEL = "stubborn.in-kernel";

    /** Registers the provider for {@code ServiceLoader}, in processes that have the folder on their class path. */
    static void register(Path folder) throws IOException {
        final Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.writeString(services.resolve(BackendProvider.class.getName()), StubbornProvider.class.getName() + "\n");
    }

    /** Registers the provider for this process. */
    static URLClassLoader loader(Path folder) throws IOException {
        register(folder);
        return new URLClassLoader(new URL[] {folder.toUri().toURL()}, StubbornProvider.class.getClassLoader());
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public Availability probe() {
        return new Availability.Available("a test's");
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(
                Set.of(Protocol.TCP),
                Set.of(IpFamily.IPV4),
                Set.of(Balancing.RANDOM),
                Boolean.getBoolean(IN_KERNEL) ? Set.of(Capabilities.Feature.OWNS_FOREIGN_VIPS) : Set.of(),
                List.of());
    }

    @Override
    public ModeSemantics semantics() {
        return ModeSemantics.IPTABLES;
    }

    @Override
    public Backend open(BackendConfig config) {
        return new Stubborn(config.settings());
    }

    private static void meet(Map<String, String> settings, String what) {
        if ("hang".equals(settings.get(what))) {
            System.out.println(what + " hangs");
            while (true) { // ends: with the process
                LockSupport.parkNanos(1_000_000_000L);
                final boolean _ = Thread.interrupted();
            }
        }
    }

    private static final class Stubborn implements Backend {
        private final Map<String, String> settings;
        private volatile Optional<String> failure = Optional.empty();

        Stubborn(Map<String, String> settings) {
            this.settings = settings;
        }

        @Override
        public ApplyReport apply(ForwardingPlan plan, PlanDelta delta) {
            if ("flood".equals(settings.get("print"))) {
                Thread.ofPlatform().daemon().start(Stubborn::flood);
            }
            meet(settings, "apply");
            failure = Optional.ofNullable(settings.get("failure"));
            return new ApplyReport(plan.version(), plan.rules().size(), 0, List.of());
        }

        private static void flood() {
            while (true) { // ends: with the process
                System.out.println("print floods");
            }
        }

        @Override
        public AuditReport audit() {
            return new AuditReport(List.of());
        }

        @Override
        public Stream<FlowRecord> flows() {
            return Stream.empty();
        }

        @Override
        public CleanupReport cleanup(boolean dryRun) {
            return new CleanupReport(dryRun, List.of());
        }

        @Override
        public Optional<String> failure() {
            return failure;
        }

        @Override
        public void close() {
            meet(settings, "close");
        }
    }
}

package io.pointsman.bench.cluster;

import com.sun.management.OperatingSystemMXBean;
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
import java.lang.management.ManagementFactory;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A data plane that only prints the process's processor time, in nanoseconds, when a plan arrives. */
public final class SilentProvider implements BackendProvider {
    static final String NAME = "bench-silent";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int priority() {
        return Integer.MIN_VALUE;
    }

    @Override
    public Availability probe() {
        return new Availability.Available("does nothing");
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(
                EnumSet.allOf(Protocol.class),
                Set.of(IpFamily.IPV4),
                EnumSet.allOf(Balancing.class),
                EnumSet.allOf(Capabilities.Feature.class),
                List.of());
    }

    @Override
    public ModeSemantics semantics() {
        return ModeSemantics.IPTABLES;
    }

    @Override
    public Backend open(BackendConfig config) {
        return new Silent();
    }

    private static final class Silent implements Backend {
        private final OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

        @Override
        public ApplyReport apply(ForwardingPlan plan, PlanDelta delta) {
            System.out.println(system.getProcessCpuTime());
            return new ApplyReport(
                    plan.version(), plan.rules().size(), delta.rules().size(), List.of());
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
        public void close() {
            // nothing to release
        }
    }
}

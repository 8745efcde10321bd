package io.pointsman.testkit.contract;

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
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A backend that claims all capabilities and does nothing; the contract must fail it. */
final class IdleProvider implements BackendProvider {
    @Override
    public String name() {
        return "idle";
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public Availability probe() {
        return new Availability.Available("nothing is needed to do nothing");
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(
                Set.of(Protocol.values()),
                Set.of(IpFamily.values()),
                Set.of(Balancing.values()),
                EnumSet.allOf(Capabilities.Feature.class),
                List.of());
    }

    @Override
    public ModeSemantics semantics() {
        return ModeSemantics.IPTABLES;
    }

    @Override
    public Backend open(BackendConfig config) {
        return new Idle();
    }

    private static final class Idle implements Backend {
        @Override
        public ApplyReport apply(ForwardingPlan plan, PlanDelta delta) {
            return new ApplyReport(plan.version(), plan.rules().size(), 0, List.of());
        }

        @Override
        public AuditReport audit() {
            return new AuditReport(List.of());
        }

        @Override
        public Stream<FlowRecord> flows() {
            return Stream.of();
        }

        @Override
        public CleanupReport cleanup(boolean dryRun) {
            return new CleanupReport(dryRun, List.of());
        }

        @Override
        public void close() {}
    }
}

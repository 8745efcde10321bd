package io.pointsman.agent.dashboard;

import io.pointsman.model.Measurement;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.AuditReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.CleanupReport;
import io.pointsman.spi.FlowChange;
import io.pointsman.spi.FlowRecord;
import io.pointsman.spi.FlowWatch;
import io.pointsman.spi.ServiceFigures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A backend with figures and connections that a test sets. */
final class PretendBackend implements Backend {
    final LinkedBlockingQueue<FlowChange> changes = new LinkedBlockingQueue<>();
    final AtomicInteger watches = new AtomicInteger();
    volatile List<ServiceFigures> figures = List.of();
    volatile Optional<String> refusal = Optional.empty();

    @Override
    public ApplyReport apply(ForwardingPlan plan, PlanDelta delta) {
        return new ApplyReport(plan.version(), plan.rules().size(), 0, List.of());
    }

    @Override
    public AuditReport audit() {
        return new AuditReport(List.of());
    }

    @Override
    public List<Measurement> measurements() {
        return List.of(
                new Measurement.Gauge(new Measurement.Metric("pointsman_flow_table_flows", "now"), Map.of(), 41),
                new Measurement.Gauge(new Measurement.Metric("pointsman_flow_table_limit", "most"), Map.of(), 1000));
    }

    @Override
    public Stream<FlowRecord> flows() {
        return Stream.empty();
    }

    @Override
    public List<ServiceFigures> figures() {
        return figures;
    }

    @Override
    public FlowWatch watchFlows() throws BackendException {
        if (refusal.isPresent()) {
            throw new BackendException(refusal.get());
        }
        watches.incrementAndGet();
        return new FlowWatch() {
            @Override
            public void next(Duration patience, Consumer<FlowChange> reader) throws BackendException {
                try {
                    final FlowChange first = changes.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
                    if (first != null) {
                        reader.accept(first);
                        final List<FlowChange> more = new ArrayList<>();
                        final int _ = changes.drainTo(more);
                        more.forEach(reader);
                    }
                } catch (InterruptedException e) {
                    throw new BackendException("interrupted", e);
                }
            }

            @Override
            public long losses() {
                return 0;
            }

            @Override
            public void close() {
                watches.decrementAndGet();
            }
        };
    }

    @Override
    public CleanupReport cleanup(boolean dryRun) {
        return new CleanupReport(dryRun, List.of());
    }

    @Override
    public void close() {}
}

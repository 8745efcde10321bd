package io.pointsman.testkit.contract;

import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.AuditReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.CleanupReport;
import io.pointsman.spi.FlowRecord;
import io.pointsman.spi.FlowWatch;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.testkit.lab.LabHost;
import java.util.List;
import java.util.stream.Stream;

/**
 * A backend on a host of the lab. Every call is made on the host's own thread, in its network namespace, so the backend's
 * sockets, threads and programs belong to the host.
 */
public final class BackendOnNode implements Backend {
    private final LabHost node;
    private final Backend backend;

    private BackendOnNode(LabHost node, Backend backend) {
        this.node = node;
        this.backend = backend;
    }

    /** Opens a backend on a host. */
    public static BackendOnNode open(LabHost node, BackendProvider provider, BackendConfig config)
            throws BackendException {
        return new BackendOnNode(node, node.call(() -> provider.open(config)));
    }

    @Override
    public ApplyReport apply(ForwardingPlan plan, PlanDelta delta) throws BackendException {
        return node.call(() -> backend.apply(plan, delta));
    }

    @Override
    public AuditReport audit() throws BackendException {
        return node.call(backend::audit);
    }

    @Override
    public Stream<FlowRecord> flows() throws BackendException {
        final List<FlowRecord> flows = node.call(() -> {
            try (Stream<FlowRecord> stream = backend.flows()) {
                return stream.toList();
            }
        });
        return flows.stream();
    }

    @Override
    public List<ServiceFigures> figures() throws BackendException {
        return node.call(backend::figures);
    }

    @Override
    public FlowWatch watchFlows() throws BackendException {
        return node.call(backend::watchFlows);
    }

    @Override
    public CleanupReport cleanup(boolean dryRun) throws BackendException {
        return node.call(() -> backend.cleanup(dryRun));
    }

    @Override
    public void close() {
        node.call(() -> {
            backend.close();
            return true;
        });
    }
}

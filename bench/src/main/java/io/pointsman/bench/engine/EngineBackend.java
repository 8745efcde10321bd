package io.pointsman.bench.engine;

import io.pointsman.nat.EngineConfig;
import io.pointsman.nat.NatEngine;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.AuditReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.CleanupReport;
import io.pointsman.spi.FlowRecord;
import io.pointsman.spi.FlowWatch;
import io.pointsman.spi.ServiceFigures;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Packets of {@value #FLOWS} established flows, each in its turn, by batches; after each {@value #PACKETS_PER_NEW_FLOW} packets a
 * flow begins and is reset. They begin with the first plan, and can be paused ({@link PacketCounts#pause}).
 */
final class EngineBackend implements Backend {
    private static final int FLOWS = 1 << 16;
    private static final int CAPACITY = 1 << 20;
    private static final int PACKETS_PER_NEW_FLOW = 1024;
    private static final int LAST_FLOW = 1 << 24; // flow numbers begin again after FLOWS
    private static final int BATCHES = PACKETS_PER_NEW_FLOW / FlowBench.BATCH;
    private static final int LOOKS = 16; // at the clock and for expired flows: one for so many new flows
    private static final int SWEPT = 4096; // slots, each time
    private static final long PAUSE_NANOS = 1_000_000;

    private final PacketCounts counts;
    private final NatEngine engine =
            NatEngine.create(EngineConfig.builder().capacity(CAPACITY).build());
    private final Thread thread = new Thread(this::run, "packets");
    private volatile boolean isClosed;

    EngineBackend(PacketCounts counts) {
        this.counts = counts;
    }

    @Override
    public ApplyReport apply(ForwardingPlan plan, PlanDelta delta) {
        engine.apply(plan, delta);
        if (thread.getState() == Thread.State.NEW && !plan.rules().isEmpty()) {
            thread.start();
        }
        return new ApplyReport(
                plan.version(), plan.rules().size(), delta.rules().size(), List.of());
    }

    private void run() {
        final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        final FlowBench.Sender sender = new FlowBench.Sender(engine, Packets.ACK);
        long now = System.nanoTime();
        sender.open(0, FLOWS, now);
        int flow = 0;
        for (long opened = 0; !isClosed; opened++) {
            for (int batch = 0; batch < BATCHES; batch++) {
                sender.advance();
                for (int i = 0; i < FlowBench.BATCH; i++) {
                    sender.write(i, flow++ & FLOWS - 1);
                }
                sender.sendBatch(now);
            }
            sender.openAndReset(FLOWS + (int) (opened % (LAST_FLOW - FLOWS)), now);
            if (opened % LOOKS == 0) {
                now = System.nanoTime();
                final int _ = engine.sweep(SWEPT, now);
                counts.put(opened * PACKETS_PER_NEW_FLOW, threads.getCurrentThreadCpuTime());
                while (counts.isPaused() && !isClosed) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            }
        }
    }

    @Override
    public AuditReport audit() {
        return new AuditReport(List.of());
    }

    @Override
    public Stream<FlowRecord> flows() {
        return engine.flows(System.nanoTime());
    }

    @Override
    public FlowWatch watchFlows() throws BackendException {
        return engine.watchFlows().orElseThrow(() -> new BackendException("connections are watched already"));
    }

    @Override
    public List<ServiceFigures> figures() {
        return engine.figures();
    }

    @Override
    public CleanupReport cleanup(boolean dryRun) {
        return new CleanupReport(dryRun, List.of());
    }

    @Override
    public void close() {
        isClosed = true;
        try {
            thread.join();
            engine.close();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // the process ends, and the engine's memory with it
        }
    }
}

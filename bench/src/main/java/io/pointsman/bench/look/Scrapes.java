package io.pointsman.bench.look;

import com.sun.management.ThreadMXBean;
import io.pointsman.agent.status.AgentMetrics;
import io.pointsman.agent.status.ProblemBoard;
import io.pointsman.agent.status.TextPage;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.AuditReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.CleanupReport;
import io.pointsman.spi.FlowRecord;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import java.lang.management.ManagementFactory;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Pages of metrics with the figures of many service ports, read from memory and made as for a scraper. */
record Scrapes(List<Scrape> all) {
    private static final int WARM_UP = 40;
    private static final long PACE_MILLIS = 5_100; // figures older than 5 s are read again

    /**
     * A page.
     *
     * @param millis processor time in milliseconds
     * @param allocatedPerByte bytes allocated for each byte of the page, by the thread that makes it
     */
    record Scrape(double millis, double mebibytes, double allocatedPerByte) {}

    static Scrapes run(int services, int rounds) throws InterruptedException {
        final AgentMetrics metrics =
                new AgentMetrics(InstantSource.system(), "bench", Set.of(IpFamily.IPV4), new ProblemBoard());
        metrics.showServices(new Counted(figures(services)), () -> services);
        final TextPage page = new TextPage(); // as the agent keeps one from page to page
        for (int i = 0; i < WARM_UP; i++) {
            page.clear();
            metrics.write(page);
        }
        final List<Scrape> scrapes = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            TimeUnit.MILLISECONDS.sleep(PACE_MILLIS);
            scrapes.add(scrape(metrics, page));
        }
        return new Scrapes(scrapes);
    }

    private static Scrape scrape(AgentMetrics metrics, TextPage page) {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
        final long nanosBefore = threads.getCurrentThreadCpuTime();
        page.clear();
        metrics.write(page);
        final int length = page.length();
        final long nanos = threads.getCurrentThreadCpuTime() - nanosBefore;
        final double allocated = threads.getCurrentThreadAllocatedBytes() - allocatedBefore;
        return new Scrape(nanos / 1e6, length / (double) (1 << 20), allocated / length);
    }

    private static List<ServiceFigures> figures(int services) {
        final List<ServiceFigures> figures = new ArrayList<>();
        for (int i = 0; i < services; i++) {
            final long count = i * 1_000L;
            figures.add(new ServiceFigures(
                    new ServicePortName(new ObjectName("bench", "svc-%05d".formatted(i)), "http", Protocol.TCP),
                    Arrays.stream(Figure.values()).collect(Collectors.toMap(figure -> figure, _ -> count)),
                    Map.of("no-endpoint", count)));
        }
        return figures;
    }

    List<Double> values(ToDoubleFunction<Scrape> value) {
        return all.stream().mapToDouble(value).boxed().toList();
    }

    /** A backend with fixed figures and no data plane. */
    private record Counted(List<ServiceFigures> figures) implements Backend {
        @Override
        public ApplyReport apply(ForwardingPlan plan, PlanDelta delta) {
            return new ApplyReport(plan.version(), 0, 0, List.of());
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

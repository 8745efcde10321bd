package io.pointsman.spi.userspace;

import io.pointsman.model.Measurement;
import io.pointsman.model.Measurement.Metric;
import io.pointsman.nat.NatEngine;
import io.pointsman.nat.counters.CounterLayout;
import java.util.List;
import java.util.Map;

/** Gauges for the fill of the engine's flow table and event ring. */
final class EngineGauges {
    private static final Metric FLOWS =
            new Metric("pointsman_flow_table_flows", "Connections and UDP sessions tracked");
    private static final Metric LIMIT =
            new Metric("pointsman_flow_table_limit", "Maximum number of connections and UDP sessions tracked");
    private static final Metric WAITING =
            new Metric("pointsman_flow_events_waiting", "Connection events queued for the reader");
    private static final Metric LOST =
            new Metric("pointsman_flow_events_lost_total", "Connection events lost because the queue was full");

    private EngineGauges() {}

    static List<Measurement> of(NatEngine engine) {
        return List.of(
                new Measurement.Gauge(FLOWS, Map.of(), (double) engine.total(CounterLayout.Total.CONNECTIONS_NOW)),
                new Measurement.Gauge(LIMIT, Map.of(), engine.maxConnections()),
                new Measurement.Gauge(WAITING, Map.of(), (double) engine.eventsWaiting()),
                new Measurement.Counter(LOST, Map.of(), (double) engine.eventsLost()));
    }
}

package io.pointsman.agent.status;

import io.pointsman.linux.Sysctl;
import io.pointsman.model.Measurement;
import io.pointsman.model.Measurement.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Size and limit of the kernel's connection tracking table, if it has one. Thread-safe. */
public final class ConnectionTable {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionTable.class);
    private static final Metric ENTRIES =
            new Metric("pointsman_conntrack_entries", "Connections that the kernel tracks, not only those to Services");
    private static final Metric LIMIT = new Metric(
            "pointsman_conntrack_entries_limit",
            "Maximum number of tracked connections (nf_conntrack_max); beyond it new ones are dropped");

    private ConnectionTable() {}

    /** Reads the calling thread's network namespace; empty if its kernel tracks no connections. */
    public static List<Measurement> measurements() {
        final List<Measurement> all = new ArrayList<>();
        add(ENTRIES, "net.netfilter.nf_conntrack_count", all);
        add(LIMIT, "net.netfilter.nf_conntrack_max", all);
        return all;
    }

    private static void add(Metric metric, String key, List<Measurement> all) {
        try {
            Sysctl.read(key)
                    .ifPresent(text -> all.add(new Measurement.Gauge(metric, Map.of(), Double.parseDouble(text))));
        } catch (IOException e) {
            LOG.debug("{} can't be read, its metric is left out: {}", key, e.getMessage());
        }
    }
}

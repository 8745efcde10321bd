package io.pointsman.agent.status;

import io.pointsman.model.ClusterObject;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectChange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Changes that a sync has taken and none has written: a failed sync leaves its changes to the next one. Not thread-safe. */
final class UnwrittenChanges {
    /**
     * Maximum number of triggers kept: while nothing can be written, slices still change, and the delays of the first
     * ones say enough.
     */
    private static final int MAX_TRIGGERS = 10_000;

    /** The time at which a slice's change was made in the cluster. */
    record Trigger(IpFamily family, Instant began) {}

    private final List<Trigger> triggers = new ArrayList<>();
    private long services;
    private long slices;

    void add(List<ObjectChange> changes) {
        for (ObjectChange change : changes) {
            switch (kind(change)) {
                case SERVICE -> services++;
                case ENDPOINT_SLICE -> slices++;
                case NODE, SERVICE_CIDR -> {}
            }
            if (change instanceof ObjectChange.Put(EndpointSlice slice) && triggers.size() < MAX_TRIGGERS) {
                slice.lastChangeTrigger().ifPresent(began -> triggers.add(new Trigger(slice.family(), began)));
            }
        }
    }

    private static ClusterObject.Kind kind(ObjectChange change) {
        return switch (change) {
            case ObjectChange.Put put -> put.object().kind();
            case ObjectChange.Delete delete -> delete.kind();
        };
    }

    List<Trigger> triggers() {
        return triggers;
    }

    long services() {
        return services;
    }

    long slices() {
        return slices;
    }

    void clear() {
        triggers.clear();
        services = 0;
        slices = 0;
    }
}

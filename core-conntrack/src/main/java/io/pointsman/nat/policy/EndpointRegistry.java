package io.pointsman.nat.policy;

import io.pointsman.model.IpAddress;
import io.pointsman.model.ServicePortName;
import io.pointsman.nat.counters.FlowCounts;
import io.pointsman.plan.PoolEndpoint;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Numbers the endpoints, so that an off-heap flow can name one. The control thread writes; {@link #byId} is for any
 * thread.
 *
 * <p>A number is a place in a table and, above it, how often the place was given up: affinity may still name a number whose
 * endpoint is gone, and must not take its client to the place's next one. Places rest as well, so that even the count comes
 * around only after millions of endpoints.
 */
final class EndpointRegistry {
    /** No endpoint. */
    static final int NONE = 0;

    static final int RESTING_PLACES = 4096;

    private static final int PLACE_BITS = 22;
    private static final int PLACE_MASK = (1 << PLACE_BITS) - 1;

    private record Key(ServicePortName owner, IpAddress address, int port) {}

    private static final class Entry {
        final EndpointState state;
        int pools;

        Entry(EndpointState state) {
            this.state = state;
        }
    }

    private final Map<Key, Entry> entries = new HashMap<>();
    private final ArrayDeque<EndpointState> leaving = new ArrayDeque<>(); // in no pool, maybe with flows
    private final ArrayDeque<Integer> freeIds = new ArrayDeque<>(); // the next for each place given up
    private final List<FlowCounts> counts = new ArrayList<>();
    private int nextPlace = 1;
    private volatile AtomicReferenceArray<@Nullable EndpointState> byId = new AtomicReferenceArray<>(1024);

    /** The state of an endpoint that one more compiled pool names. */
    EndpointState use(ServicePortName owner, PoolEndpoint endpoint) {
        final Key key = new Key(owner, endpoint.address(), endpoint.port());
        Entry entry = entries.get(key);
        if (entry == null) {
            entry = new Entry(add(endpoint));
            entries.put(key, entry);
        }
        entry.pools++;
        return entry.state;
    }

    /** A compiled pool that named it is gone. */
    void drop(ServicePortName owner, EndpointState state) {
        final Key key = new Key(owner, state.address, state.port);
        final Entry entry = entries.get(key);
        if (entry != null && --entry.pools == 0) {
            entries.remove(key);
            leaving.add(state);
        }
    }

    /** Takes back the numbers of endpoints that are in no pool and carry no flow. A few at a time. */
    void reclaim() {
        int budget = 64;
        for (Iterator<EndpointState> it = leaving.iterator(); it.hasNext() && budget > 0; budget--) {
            final EndpointState state = it.next();
            if (state.retire()) {
                it.remove();
                byId.set(state.id & PLACE_MASK, null);
                freeIds.add((state.id + (1 << PLACE_BITS)) & Integer.MAX_VALUE);
            }
        }
    }

    @Nullable
    EndpointState byId(int id) {
        final AtomicReferenceArray<@Nullable EndpointState> states = byId;
        final int place = id & PLACE_MASK;
        final EndpointState state = place < states.length() ? states.getAcquire(place) : null;
        return state != null && state.id == id ? state : null;
    }

    private EndpointState add(PoolEndpoint endpoint) {
        final Integer free = freeIds.size() > RESTING_PLACES ? freeIds.poll() : null;
        final int id = free == null ? nextPlace++ : free;
        final int place = id & PLACE_MASK;
        if (nextPlace > PLACE_MASK) {
            throw new IllegalStateException("more than " + PLACE_MASK + " endpoints at a time");
        }
        if (place >= byId.length()) {
            final AtomicReferenceArray<@Nullable EndpointState> larger = new AtomicReferenceArray<>(byId.length() * 2);
            for (int i = 0; i < byId.length(); i++) {
                larger.setPlain(i, byId.getPlain(i));
            }
            byId = larger;
        }
        if (place / FlowCounts.PLACES == counts.size()) {
            counts.add(new FlowCounts());
        }
        final EndpointState state = new EndpointState(
                id,
                endpoint.address(),
                endpoint.port(),
                counts.get(place / FlowCounts.PLACES),
                place % FlowCounts.PLACES);
        byId.setRelease(place, state);
        return state;
    }
}

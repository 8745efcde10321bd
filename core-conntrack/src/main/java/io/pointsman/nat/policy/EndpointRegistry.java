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
 * Assigns numbers to endpoints, so that an off-heap flow can name one. The control thread writes; {@link #byId} is for any
 * thread.
 *
 * <p>The low bits of a number are a place in a table, the high bits count how often the place was freed. Affinity may still
 * hold the number of an endpoint that is gone, and the count keeps its client off the endpoint that reuses the place. A
 * freed place is also not reused until {@value #RESTING_PLACES} others have been freed, so that a count repeats only after
 * millions of endpoints.
 */
final class EndpointRegistry {
    /** Number of no endpoint. */
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
    private final ArrayDeque<EndpointState> leaving = new ArrayDeque<>(); // in no pool, perhaps with flows
    private final ArrayDeque<Integer> freeIds = new ArrayDeque<>(); // next number of each freed place
    private final List<FlowCounts> counts = new ArrayList<>();
    private int nextPlace = 1;
    private volatile AtomicReferenceArray<@Nullable EndpointState> byId = new AtomicReferenceArray<>(1024);

    /** Returns the state of an endpoint and counts one more compiled pool that contains it. */
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

    /** Counts one compiled pool less that contains an endpoint. */
    void drop(ServicePortName owner, EndpointState state) {
        final Key key = new Key(owner, state.address, state.port);
        final Entry entry = entries.get(key);
        if (entry != null && --entry.pools == 0) {
            entries.remove(key);
            leaving.add(state);
        }
    }

    /** Frees the numbers of endpoints that are in no pool and have no flow, a few at a time. */
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

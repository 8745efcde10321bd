package io.pointsman.nat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.PoolEndpoint;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Numbers the endpoints, so that an off-heap flow can name one. The control thread writes; {@link #byId} is for any
 * thread.
 */
final class EndpointRegistry {
    /** No endpoint. */
    static final int NONE = 0;

    private static final int RESTING_IDS = 4096;

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
    private final ArrayDeque<Integer> freeIds = new ArrayDeque<>();
    private int nextId = 1;
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
                byId.set(state.id, null);
                freeIds.add(state.id);
            }
        }
    }

    @Nullable
    EndpointState byId(int id) {
        final AtomicReferenceArray<@Nullable EndpointState> states = byId;
        return id > NONE && id < states.length() ? states.getAcquire(id) : null;
    }

    private EndpointState add(PoolEndpoint endpoint) {
        // Affinity may still name a number that was given up: it rests until many others have been.
        final Integer free = freeIds.size() > RESTING_IDS ? freeIds.poll() : null;
        final int id = free == null ? nextId++ : free;
        if (id >= byId.length()) {
            final AtomicReferenceArray<@Nullable EndpointState> larger = new AtomicReferenceArray<>(byId.length() * 2);
            for (int i = 0; i < byId.length(); i++) {
                larger.setPlain(i, byId.getPlain(i));
            }
            byId = larger;
        }
        final EndpointState state = new EndpointState(id, endpoint.address(), endpoint.port());
        byId.setRelease(id, state);
        return state;
    }
}

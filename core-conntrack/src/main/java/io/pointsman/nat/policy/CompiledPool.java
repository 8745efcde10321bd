package io.pointsman.nat.policy;

import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.PoolEndpoint;
import java.util.List;

/**
 * A pool compiled for the packet path: the endpoints that take new connections, and the algorithm that picks one. Immutable.
 */
public final class CompiledPool {
    /** Position of no endpoint: an expected outcome. */
    public static final int NO_ENDPOINT = -1;

    public final EndpointPool source;
    final List<EndpointState> all;
    public final EndpointState[] states; // the endpoints of weight above 0
    public final PoolEndpoint[] endpoints;
    /** Whether {@link #pick} returns what {@link #peek} returned, even after other picks. */
    public final boolean isSteady;
    /** Whether the choice depends on the client's address. */
    final boolean asksForClient;

    private final Balancer balancer;

    CompiledPool(EndpointPool source, List<EndpointState> all, BalancerFactory factory) {
        this.source = source;
        this.all = List.copyOf(all);
        int eligible = 0;
        for (PoolEndpoint endpoint : source.endpoints()) {
            eligible += endpoint.weight() > 0 ? 1 : 0;
        }
        states = new EndpointState[eligible];
        endpoints = new PoolEndpoint[eligible];
        for (int i = 0, next = 0; i < source.size(); i++) {
            final PoolEndpoint endpoint = source.endpoints().get(i);
            if (endpoint.weight() > 0) {
                states[next] = all.get(i);
                endpoints[next++] = endpoint;
            }
        }
        balancer = factory.create(endpoints, states);
        isSteady = balancer.isSteady();
        asksForClient = balancer.asksForClient();
    }

    /** Factory of the balancer for a pool's endpoints. */
    interface BalancerFactory {
        Balancer create(PoolEndpoint[] endpoints, EndpointState[] states);
    }

    public int size() {
        return states.length;
    }

    /**
     * Picks the position of an endpoint for a new connection, or {@link #NO_ENDPOINT}.
     *
     * @param clientHash keyed hash of the client's address; ignored unless {@link #asksForClient}
     * @param random 64 random bits
     */
    int pick(long clientHash, long random) {
        return states.length == 0 ? NO_ENDPOINT : balancer.pick(clientHash, random);
    }

    /** Returns what {@link #pick} would pick, without side effects. */
    int peek(long clientHash, long random) {
        return states.length == 0 ? NO_ENDPOINT : balancer.peek(clientHash, random);
    }

    /** Position of the endpoint with this number, or {@link #NO_ENDPOINT} if it is not in this pool. */
    int positionOf(int endpointId) {
        for (int i = 0; i < states.length; i++) {
            if (states[i].id == endpointId) {
                return i;
            }
        }
        return NO_ENDPOINT;
    }
}

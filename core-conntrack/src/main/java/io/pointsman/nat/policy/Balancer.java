package io.pointsman.nat.policy;

import io.pointsman.nat.Hashing;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.PoolEndpoint;
import java.util.concurrent.atomic.AtomicInteger;

/** Algorithm that picks an endpoint of a pool, which has at least one. Any thread, no allocation. */
public abstract sealed class Balancer {
    /**
     * Picks a position, 0 to the number of endpoints less one.
     *
     * @param clientHash keyed hash of the client's address, equal for equal clients; ignored unless {@link #asksForClient}
     * @param random 64 random bits
     */
    abstract int pick(long clientHash, long random);

    /** Returns what {@link #pick} would pick, without taking a turn. */
    int peek(long clientHash, long random) {
        return pick(clientHash, random);
    }

    /** Whether the choice depends on the client's address. */
    boolean asksForClient() {
        return false;
    }

    /** Whether a client and random number always give the same position until the pool changes. */
    boolean isSteady() {
        return true;
    }

    /**
     * Creates the balancer for an algorithm.
     *
     * @param turn next turn of round robin; kept when the pool changes
     */
    static Balancer of(Balancing balancing, PoolEndpoint[] endpoints, EndpointState[] states, AtomicInteger turn) {
        return switch (balancing) {
            case RANDOM -> new Uniform(states.length);
            case ROUND_ROBIN -> new RoundRobin(states.length, turn);
            case WEIGHTED -> new Weighted(endpoints);
            case LEAST_CONNECTIONS -> new LeastConnections(endpoints, states);
            case SOURCE_HASH -> new SourceHash(states.length);
            case MAGLEV -> new Consistent(MaglevTable.build(endpoints));
        };
    }

    private static final class Uniform extends Balancer {
        private final int size;

        Uniform(int size) {
            this.size = size;
        }

        @Override
        int pick(long clientHash, long random) {
            return Hashing.below(random, size);
        }
    }

    private static final class RoundRobin extends Balancer {
        private final int size;
        private final AtomicInteger turn;

        RoundRobin(int size, AtomicInteger turn) {
            this.size = size;
            this.turn = turn;
        }

        @Override
        boolean isSteady() {
            return false;
        }

        @Override
        int pick(long clientHash, long random) {
            return position(turn.getAndIncrement());
        }

        @Override
        int peek(long clientHash, long random) {
            return position(turn.get());
        }

        private int position(int at) {
            return Integer.remainderUnsigned(at, Math.max(1, size));
        }
    }

    /** Weighted random choice by Vose's alias method: two table look-ups for any number of endpoints. */
    private static final class Weighted extends Balancer {
        private final long[] threshold; // of 2^32: below it the position itself is picked, else its alias
        private final int[] alias;

        Weighted(PoolEndpoint[] endpoints) {
            final int size = endpoints.length;
            threshold = new long[size];
            alias = new int[size];
            long total = 0;
            for (PoolEndpoint endpoint : endpoints) {
                total += endpoint.weight();
            }
            final double[] share = new double[size];
            final int[] stack = new int[size]; // small ones grow from the left, large ones from the right
            int small = 0;
            int large = size;
            for (int i = 0; i < size; i++) {
                share[i] = (double) endpoints[i].weight() * size / total;
                stack[share[i] < 1 ? small++ : --large] = i;
            }
            while (small > 0 && large < size) {
                final int taker = stack[--small];
                final int giver = stack[large];
                threshold[taker] = (long) (share[taker] * 0x1p32);
                alias[taker] = giver;
                share[giver] -= 1 - share[taker];
                if (share[giver] < 1) {
                    large++;
                    stack[small++] = giver;
                }
            }
            while (small > 0) {
                threshold[stack[--small]] = 1L << 32;
            }
            while (large < size) {
                threshold[stack[large++]] = 1L << 32;
            }
        }

        @Override
        int pick(long clientHash, long random) {
            final int column = Hashing.below(random, alias.length);
            return (random & 0xFFFF_FFFFL) < threshold[column] ? column : alias[column];
        }
    }

    /**
     * Picks the endpoint with the fewest flows for its weight; among equals, the first from a random start. Looks at every
     * endpoint.
     */
    private static final class LeastConnections extends Balancer {
        private final EndpointState[] states;
        private final int[] weights;

        LeastConnections(PoolEndpoint[] endpoints, EndpointState[] states) {
            this.states = states;
            weights = new int[endpoints.length];
            for (int i = 0; i < weights.length; i++) {
                weights[i] = endpoints[i].weight();
            }
        }

        @Override
        boolean isSteady() {
            return false;
        }

        @Override
        int pick(long clientHash, long random) {
            final int size = states.length;
            int best = Hashing.below(random, size);
            long bestFlows = states[best].flows();
            for (int i = 1, index = best; i < size; i++) {
                index = index + 1 == size ? 0 : index + 1;
                final long flows = states[index].flows();
                if (flows * weights[best] < bestFlows * weights[index]) {
                    best = index;
                    bestFlows = flows;
                }
            }
            return best;
        }
    }

    private static final class SourceHash extends Balancer {
        private final int size;

        SourceHash(int size) {
            this.size = size;
        }

        @Override
        boolean asksForClient() {
            return true;
        }

        @Override
        int pick(long clientHash, long random) {
            return Hashing.below(clientHash, size);
        }
    }

    private static final class Consistent extends Balancer {
        private final int[] table;

        Consistent(int[] table) {
            this.table = table;
        }

        @Override
        boolean asksForClient() {
            return true;
        }

        @Override
        int pick(long clientHash, long random) {
            return table[Hashing.below(clientHash, table.length)];
        }
    }
}

package io.pointsman.linux.localhost;

import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Choice of an endpoint for each connection to one port. There is one client, the node itself: if the rule has affinity, or
 * chooses by a hash of the client's address, all connections go to the same endpoint. Any thread sets the rule, all else is
 * for the loop's thread.
 */
final class EndpointChoice {
    private final SplittableRandom random = new SplittableRandom();
    private final Set<InetSocketAddress> own;
    private volatile Optional<Rule> rule;
    private @Nullable PoolEndpoint bound;
    private long boundUntilNanos;

    /** @param own addresses at which the forwarder itself listens: an endpoint there would be an endless loop */
    EndpointChoice(Rule rule, Set<InetSocketAddress> own) {
        this.own = own;
        this.rule = Optional.of(rule);
    }

    void set(Rule next) {
        rule = Optional.of(next);
    }

    /** Drops the rule: the port has none any more. */
    void end() {
        rule = Optional.empty();
    }

    /** Whether connections to an endpoint may go on. */
    boolean isServing(PoolEndpoint endpoint) {
        return rule.filter(now -> now.serving().endpoints().stream()
                        .anyMatch(
                                other -> other.address().equals(endpoint.address()) && other.port() == endpoint.port()))
                .isPresent();
    }

    /** Returns an endpoint that was not tried yet; empty if there is none. */
    Optional<PoolEndpoint> next(Collection<PoolEndpoint> tried, long nowNanos) {
        final Optional<Rule> now = rule;
        if (now.isEmpty() || !(now.get().fromNode() instanceof Action.Forward forward)) {
            return Optional.empty();
        }
        final List<PoolEndpoint> endpoints = forward.pool().endpoints();
        final Predicate<PoolEndpoint> isOut = endpoint -> tried.contains(endpoint)
                || (endpoint.address().isLoopback() && own.contains(Sockets.address(endpoint)));
        final PoolEndpoint last = bound;
        if (last != null
                && now.get().affinity().isPresent()
                && nowNanos - boundUntilNanos < 0
                && !isOut.test(last)
                && endpoints.contains(last)) {
            return Optional.of(last);
        }
        return pick(endpoints, isOut, isByHash(now.get()) ? new SplittableRandom(seed(now.get())) : random);
    }

    private static boolean isByHash(Rule rule) {
        return rule.balancing() == Balancing.SOURCE_HASH || rule.balancing() == Balancing.MAGLEV;
    }

    private static long seed(Rule rule) {
        return rule.owner().toString().hashCode();
    }

    private static Optional<PoolEndpoint> pick(
            List<PoolEndpoint> endpoints, Predicate<PoolEndpoint> isOut, SplittableRandom random) {
        long weights = 0;
        for (PoolEndpoint endpoint : endpoints) {
            weights += isOut.test(endpoint) ? 0 : endpoint.weight();
        }
        if (weights == 0) {
            return Optional.empty();
        }
        long left = random.nextLong(weights);
        for (PoolEndpoint endpoint : endpoints) {
            left -= isOut.test(endpoint) ? 0 : endpoint.weight();
            if (left < 0) {
                return Optional.of(endpoint);
            }
        }
        throw new IllegalStateException("weights of " + endpoints + " changed");
    }

    /** Remembers the endpoint of a new connection, for affinity. */
    void made(PoolEndpoint endpoint, long nowNanos) {
        rule.flatMap(Rule::affinity).ifPresent(time -> {
            bound = endpoint;
            boundUntilNanos = nowNanos + time.toNanos();
        });
    }
}

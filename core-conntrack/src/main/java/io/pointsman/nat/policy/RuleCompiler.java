package io.pointsman.nat.policy;

import io.pointsman.model.ServicePortName;
import io.pointsman.nat.counters.ServicePortCounts;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.Origin;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ServiceFigures;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Compiles rules into {@link CompiledRule}s; frontends of a service port share pools. Control thread only, except
 * {@link #figures}.
 */
public final class RuleCompiler {
    private record PoolKey(PoolId id, Balancing balancing) {}

    private static final class SharedPool {
        final CompiledPool pool;
        int users;

        SharedPool(CompiledPool pool) {
            this.pool = pool;
        }
    }

    private static final class Owner {
        final int id;
        final ServicePortCounts counts = new ServicePortCounts();
        int rules;

        Owner(int id) {
            this.id = id;
        }
    }

    private final EndpointRegistry endpoints = new EndpointRegistry();
    private final Map<PoolKey, List<SharedPool>> pools =
            new HashMap<>(); // while rules change, two pools may have one id
    private final Map<PoolKey, AtomicInteger> turns = new HashMap<>();
    private final Map<ServicePortName, Owner> owners =
            new ConcurrentHashMap<>(); // other threads read the service ports' figures
    private int nextOwnerId = 1;

    @Nullable
    EndpointState endpoint(int id) {
        return endpoints.byId(id);
    }

    CompiledRule compile(Rule rule) {
        Owner owner = owners.get(rule.owner());
        if (owner == null) {
            owner = new Owner(nextOwnerId++);
            owners.put(rule.owner(), owner);
        }
        owner.rules++;
        return new CompiledRule(
                rule,
                owner.id,
                owner.counts,
                step(rule, rule.fromLocalPod()),
                step(rule, rule.fromNode()),
                step(rule, rule.fromExternal()));
    }

    /** Releases a rule that is no longer in force. */
    void release(CompiledRule compiled) {
        final Rule rule = compiled.rule;
        for (Origin origin : Origin.values()) {
            final CompiledPool pool = compiled.step(origin).pool;
            if (pool != null) {
                release(new PoolKey(pool.source.id(), rule.balancing()), pool);
            }
        }
        final Owner owner = owners.get(rule.owner());
        if (owner != null && --owner.rules == 0) {
            owners.remove(rule.owner());
        }
    }

    /** Figures of each service port that has a rule. Any thread. */
    public List<ServiceFigures> figures() {
        return owners.entrySet().stream()
                .map(entry -> entry.getValue().counts.figures(entry.getKey()))
                .toList();
    }

    void reclaim() {
        endpoints.reclaim();
    }

    private CompiledRule.Step step(Rule rule, Action action) {
        return switch (action) {
            case Action.Forward forward ->
                new CompiledRule.Step(action, pool(rule, forward.pool()), forward.masquerade());
            case Action.Drop _, Action.Reject _, Action.Pass _ -> new CompiledRule.Step(action, null, false);
        };
    }

    private CompiledPool pool(Rule rule, EndpointPool pool) {
        final PoolKey key = new PoolKey(pool.id(), rule.balancing());
        final List<SharedPool> values = pools.computeIfAbsent(key, _ -> new ArrayList<>(2));
        for (SharedPool shared : values) {
            if (shared.pool.source.equals(pool)) {
                shared.users++;
                return shared.pool;
            }
        }
        final ServicePortName owner = pool.id().servicePort();
        final List<EndpointState> states = new ArrayList<>(pool.size());
        for (PoolEndpoint endpoint : pool.endpoints()) {
            states.add(endpoints.use(owner, endpoint));
        }
        final AtomicInteger turn = turns.computeIfAbsent(key, _ -> new AtomicInteger());
        final SharedPool shared = new SharedPool(new CompiledPool(
                pool, states, (chosen, chosenStates) -> Balancer.of(rule.balancing(), chosen, chosenStates, turn)));
        shared.users = 1;
        values.add(shared);
        return shared.pool;
    }

    private void release(PoolKey key, CompiledPool pool) {
        final List<SharedPool> values = pools.get(key);
        if (values == null) {
            return;
        }
        for (int i = 0; i < values.size(); i++) {
            final SharedPool shared = values.get(i);
            if (shared.pool == pool && --shared.users == 0) {
                values.remove(i);
                pool.all.forEach(state -> endpoints.drop(key.id().servicePort(), state));
                break;
            }
        }
        if (values.isEmpty()) {
            pools.remove(key);
            turns.remove(key);
        }
    }
}

package io.pointsman.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.ObjectChange;
import io.pointsman.model.ServiceCatalog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests that the plan does not depend on the order of changes: a resolver of the whole cluster makes the same one. */
class IncrementalResolveTest {
    private static final int RUNS = 40;
    private static final int STEPS = 60;

    @Test
    void shouldEqualAFreshResolveWhateverChanged() {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        for (int run = 0; run < RUNS; run++) {
            play(random, "seed " + seed + ", run " + run);
        }
    }

    private static void play(Random random, String run) {
        final RandomCluster cluster = new RandomCluster(random);
        final PlanOptions options = PlanOptions.builder(Cluster.HERE)
                .detectsPodsByNode(true)
                .mode(cluster.mode())
                .build();
        final ServiceCatalog catalog = new ServiceCatalog();
        final PlanResolver resolver = new PlanResolver(options);
        final List<ObjectChange> history = new ArrayList<>();
        ForwardingPlan previous = null;
        for (int step = 0; step < STEPS; step++) {
            final List<ObjectChange> changes = new ArrayList<>();
            for (int i = random.nextInt(4); i >= 0; i--) {
                changes.add(cluster.change());
            }
            catalog.apply(changes);
            history.addAll(changes);
            final HostAddresses host = cluster.host();

            final PlanUpdate update = resolver.resolve(catalog, host);

            final String where = run + ", step " + step;
            final ServiceCatalog fresh = new ServiceCatalog();
            fresh.apply(history);
            final PlanUpdate expected = new PlanResolver(options).resolve(fresh, host);
            assertSame(update, expected, where);
            assertLeadsFrom(previous, update, where);
            previous = update.plan();
        }
    }

    private static void assertSame(PlanUpdate actual, PlanUpdate expected, String where) {
        assertThat(new HashMap<>(actual.plan().rules()))
                .as(where)
                .isEqualTo(new HashMap<>(expected.plan().rules()));
        assertThat(new HashMap<>(actual.plan().pools()))
                .as(where)
                .isEqualTo(new HashMap<>(expected.plan().pools()));
        assertThat(actual.plan().node()).as(where).isEqualTo(expected.plan().node());
        assertThat(actual.plan().healthChecks())
                .as(where)
                .isEqualTo(expected.plan().healthChecks());
        assertThat(actual.problems()).as(where).isEqualTo(expected.problems());
    }

    /** Checks that the delta, applied to the previous plan, gives the new plan. */
    private static void assertLeadsFrom(@Nullable ForwardingPlan previous, PlanUpdate update, String where) {
        final Map<Frontend, Rule> rules = new HashMap<>(previous == null ? Map.of() : previous.rules());
        final Map<PoolId, EndpointPool> pools = new HashMap<>(previous == null ? Map.of() : previous.pools());
        final PlanDelta delta = update.delta();
        for (PlanDelta.RuleChange change : delta.rules()) {
            assertThat(rules.remove(change.frontend())).as(where).isEqualTo(change.before());
            if (change.after() != null) {
                rules.put(change.frontend(), change.after());
            }
        }
        for (PlanDelta.PoolChange change : delta.pools()) {
            assertThat(pools.remove(change.id())).as(where).isEqualTo(change.before());
            if (change.after() != null) {
                pools.put(change.id(), change.after());
            }
        }
        assertThat(rules).as(where).isEqualTo(new HashMap<>(update.plan().rules()));
        assertThat(pools).as(where).isEqualTo(new HashMap<>(update.plan().pools()));
        assertThat(delta.fromVersion()).as(where).isEqualTo(previous == null ? 0 : previous.version());
        assertThat(delta.toVersion()).as(where).isEqualTo(update.plan().version());
        final boolean nodeChanged =
                previous == null || !previous.node().equals(update.plan().node());
        assertThat(delta.nodeChanged()).as(where).isEqualTo(nodeChanged);
        if (previous != null) {
            final PlanDelta between = PlanDelta.between(previous, update.plan());
            assertThat(Set.copyOf(between.rules())).as(where).isEqualTo(Set.copyOf(delta.rules()));
            assertThat(Set.copyOf(between.pools())).as(where).isEqualTo(Set.copyOf(delta.pools()));
            assertThat(new PlanDelta(
                            between.fromVersion(), between.toVersion(), delta.rules(), delta.pools(), between.parts()))
                    .as(where)
                    .isEqualTo(delta);
        }
        assertThat(pools.keySet())
                .as("%s: pools are those that rules name", where)
                .isEqualTo(named(rules));
    }

    private static Set<PoolId> named(Map<Frontend, Rule> rules) {
        final Set<PoolId> named = new HashSet<>();
        rules.values().forEach(rule -> rule.pools().forEach(pool -> named.add(pool.id())));
        return named;
    }
}

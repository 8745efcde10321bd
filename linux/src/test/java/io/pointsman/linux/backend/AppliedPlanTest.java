package io.pointsman.linux.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.BackendException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AppliedPlanTest {
    private static final NodeFacts NODE = NodeFacts.builder("node").build();

    private final AppliedPlan applied = new AppliedPlan("mine");
    private final List<Boolean> wholes = new ArrayList<>();

    private static ForwardingPlan plan(long version) {
        return new ForwardingPlan(version, Map.of(), Map.of(), NODE, List.of());
    }

    private void apply(long from, long to) throws BackendException {
        final PlanDelta delta = new PlanDelta(from, to, List.of(), List.of(), Set.of());
        applied.apply(
                plan(to),
                delta,
                isWhole -> {
                    wholes.add(isWhole);
                    return new ApplyReport(to, 0, 0, List.of());
                },
                "is lost");
    }

    private void fail(long from, long to) {
        final PlanDelta delta = new PlanDelta(from, to, List.of(), List.of(), Set.of());
        assertThatThrownBy(() -> applied.apply(
                        plan(to),
                        delta,
                        _ -> {
                            throw new IOException("no room");
                        },
                        "is lost"))
                .isInstanceOf(BackendException.class)
                .hasMessage("mine: plan " + to + " is lost: no room");
    }

    @Test
    void shouldTakeADeltaOnlyFromWhereItStands() throws BackendException {
        apply(0, 1);
        apply(1, 2);
        apply(1, 3);
        apply(3, 4);

        assertThat(wholes).containsExactly(true, false, true, false);
    }

    @Test
    void shouldTakeTheWholePlanAfterAFailure() throws BackendException {
        apply(0, 1);
        fail(1, 2);
        apply(1, 3);

        assertThat(wholes).containsExactly(true, true);
    }

    @Test
    void shouldTakeTheWholePlanAfterAFindingOrADoubt() throws BackendException {
        assertThat(applied.audit(() -> List.of("nothing is there yet")).findings())
                .isEmpty();
        apply(0, 1);
        assertThat(applied.audit(List::of).findings()).isEmpty();
        apply(1, 2);
        assertThat(applied.audit(() -> List.of("a chain is missing")).findings())
                .hasSize(1);
        apply(2, 3);
        applied.tend(
                () -> {
                    throw new IOException("no room");
                },
                _ -> applied.invalidate());
        apply(3, 4);

        assertThat(wholes).containsExactly(true, false, true, true);
    }

    @Test
    void shouldForgetThePlanAtACleanupButNotWhenItIsDry() throws BackendException {
        apply(0, 1);
        assertThat(applied.cleanup(true, () -> List.of("a chain"), List::of).removed())
                .containsExactly("a chain");
        apply(1, 2);
        applied.cleanup(false, List::of, List::of);
        assertThat(applied.flows(_ -> {
                    throw new AssertionError("there is no plan to list the connections of");
                }))
                .isEmpty();
        apply(2, 3);

        assertThat(wholes).containsExactly(true, false, true);
    }

    @Test
    void shouldSayWhoseFailureItIs() throws BackendException {
        apply(0, 1);

        assertThatThrownBy(() -> applied.flows(_ -> {
                    throw new IOException("not permitted");
                }))
                .hasMessage("mine: connections can't be listed: not permitted");
    }
}

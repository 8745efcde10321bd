package io.pointsman.linux.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.FlowRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelBackendTest {
    private static final NodeFacts NODE = NodeFacts.builder("node").build();

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path folder;

    private final List<Boolean> wholes = new ArrayList<>();
    private List<String> findings = List.of();
    private Optional<IOException> obstacle = Optional.empty();

    private final class Mine extends KernelBackend {
        Mine() throws IOException {
            super("mine", "is lost", Whereabouts.here(), Ledger.open(folder), _ -> true);
        }

        private void meetObstacle() throws IOException {
            if (obstacle.isPresent()) {
                throw obstacle.get();
            }
        }

        @Override
        protected ApplyReport carryOut(ForwardingPlan plan, PlanDelta delta, boolean isWhole) throws IOException {
            meetObstacle();
            wholes.add(isWhole);
            return new ApplyReport(plan.version(), 0, 0, List.of());
        }

        @Override
        protected List<String> differences() {
            return findings;
        }

        @Override
        protected List<String> remove(boolean dryRun) {
            return List.of("a chain");
        }

        @Override
        protected Stream<FlowRecord> list(ForwardingPlan plan) throws IOException {
            meetObstacle();
            throw new AssertionError("nobody asks for the connections of " + plan);
        }

        void doubt() {
            tend(
                    () -> {
                        throw new IOException("no room");
                    },
                    _ -> invalidate());
        }

        @Override
        public void close() {}
    }

    private static void apply(KernelBackend backend, long from, long to) throws BackendException {
        backend.apply(
                new ForwardingPlan(to, Map.of(), Map.of(), NODE, List.of()),
                new PlanDelta(from, to, List.of(), List.of(), Set.of()));
    }

    @Test
    void shouldTakeADeltaOnlyFromWhereItStands() throws Exception {
        final Mine mine = new Mine();
        apply(mine, 0, 1);
        apply(mine, 1, 2);
        apply(mine, 1, 3);
        apply(mine, 3, 4);

        assertThat(wholes).containsExactly(true, false, true, false);
    }

    @Test
    void shouldTakeTheWholePlanAfterAFailure() throws Exception {
        final Mine mine = new Mine();
        apply(mine, 0, 1);
        obstacle = Optional.of(new IOException("no room"));
        assertThatThrownBy(() -> apply(mine, 1, 2))
                .isInstanceOf(BackendException.class)
                .hasMessage("mine: plan 2 is lost: no room");
        obstacle = Optional.empty();
        apply(mine, 1, 3);

        assertThat(wholes).containsExactly(true, true);
    }

    @Test
    void shouldTakeTheWholePlanAfterAFindingOrADoubt() throws Exception {
        final Mine mine = new Mine();
        findings = List.of("a chain is missing");
        assertThat(mine.audit().findings()).as("nothing is there yet").isEmpty();
        apply(mine, 0, 1);
        findings = List.of();
        assertThat(mine.audit().findings()).isEmpty();
        apply(mine, 1, 2);
        findings = List.of("a chain is missing");
        assertThat(mine.audit().findings()).hasSize(1);
        apply(mine, 2, 3);
        mine.doubt();
        apply(mine, 3, 4);

        assertThat(wholes).containsExactly(true, false, true, true);
    }

    @Test
    void shouldForgetThePlanAtACleanupButNotWhenItIsDry() throws Exception {
        final Mine mine = new Mine();
        apply(mine, 0, 1);
        assertThat(mine.cleanup(true).removed()).containsExactly("a chain");
        apply(mine, 1, 2);
        mine.cleanup(false);
        assertThat(mine.flows()).isEmpty();
        apply(mine, 2, 3);

        assertThat(wholes).containsExactly(true, false, true);
    }

    @Test
    void shouldSayWhoseFailureItIs() throws Exception {
        final Mine mine = new Mine();
        apply(mine, 0, 1);
        obstacle = Optional.of(new IOException("not permitted"));

        assertThatThrownBy(mine::flows).hasMessage("mine: connections can't be listed: not permitted");
    }
}

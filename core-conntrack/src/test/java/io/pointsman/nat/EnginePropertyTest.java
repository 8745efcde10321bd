package io.pointsman.nat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.pointsman.model.IpFamily;
import io.pointsman.nat.reference.HistoryGenerator;
import io.pointsman.nat.reference.Shrinker;
import io.pointsman.nat.reference.Step;
import io.pointsman.nat.reference.World;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random histories through the engine and the reference model. {@code -Dpointsman.histories=} runs more of them,
 * {@code -Dpointsman.seed=} others; a failure prints its seed and the shortest history that still fails.
 */
class EnginePropertyTest {
    private static final long SEED = Long.getLong("pointsman.seed", 20_261_123L);
    private static final int HISTORIES = Integer.getInteger("pointsman.histories", 100);
    private static final int LENGTH = 250;
    private static final Set<Reason> MET = EnumSet.of(
            Reason.ESTABLISHED,
            Reason.NEW_FLOW,
            Reason.RELATED,
            Reason.FRAGMENT,
            Reason.FRAGMENT_ORPHAN,
            Reason.SCTP_FRAGMENT,
            Reason.TABLE_FULL,
            Reason.SNAT_EXHAUSTED,
            Reason.NO_EGRESS_ADDRESS,
            Reason.NO_ENDPOINT,
            Reason.TCP_STATE,
            Reason.NOT_A_START);

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldDoAsTheModelWhenHistoriesAreRandom(IpFamily family) {
        final World world = new World(family);
        final Map<Reason, Long> packets = new EnumMap<>(Reason.class);
        long droppedEarly = 0;
        for (int i = 0; i < HISTORIES; i++) {
            final long seed = SEED + i;
            final List<Step> steps = HistoryGenerator.generate(world, seed, LENGTH);
            final HistoryRunner.Result result = HistoryRunner.play(world, steps, seed);
            result.packets().forEach((reason, count) -> packets.merge(reason, count, Long::sum));
            droppedEarly += result.droppedEarly();
            if (result.problem().isPresent()) {
                fail(report(world, steps, seed));
            }
        }
        assertThat(packets.values().stream().mapToLong(count -> count).sum()).isGreaterThan(HISTORIES * 100L);
        assertThat(droppedEarly).isPositive();
        for (Reason reason : MET) {
            assertThat(packets.get(reason)).as("packets of reason %s", reason).isPositive();
        }
    }

    private static String report(World world, List<Step> steps, long seed) {
        final List<Step> shortest = Shrinker.shrink(
                steps, some -> HistoryRunner.play(world, some, seed).problem().isPresent());
        return "seed " + seed + ", " + shortest.size() + " of " + steps.size() + " steps:\n"
                + shortest.stream().map(Step::toString).collect(Collectors.joining("\n"))
                + "\n"
                + HistoryRunner.play(world, shortest, seed).problem().orElse("does not fail twice");
    }
}

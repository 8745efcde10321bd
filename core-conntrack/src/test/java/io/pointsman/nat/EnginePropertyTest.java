package io.pointsman.nat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.pointsman.model.IpFamily;
import io.pointsman.nat.reference.HistoryGenerator;
import io.pointsman.nat.reference.Shrinker;
import io.pointsman.nat.reference.Step;
import io.pointsman.nat.reference.World;
import java.util.List;
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

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldDoAsTheModelWhenHistoriesAreRandom(IpFamily family) {
        final World world = new World(family);
        long packets = 0;
        for (int i = 0; i < HISTORIES; i++) {
            final long seed = SEED + i;
            final List<Step> steps = HistoryGenerator.generate(world, seed, LENGTH);
            final HistoryRunner.Result result = HistoryRunner.play(world, steps, seed);
            packets += result.packets();
            if (result.problem().isPresent()) {
                fail(report(world, steps, seed));
            }
        }
        assertThat(packets).isGreaterThan(HISTORIES * 100L);
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

package io.pointsman.nat.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShrinkerTest {
    @Test
    void shouldKeepOnlyWhatMattersWhenTwoStepsMakeTheFailure() {
        final List<Integer> steps = IntStream.range(0, 500).boxed().toList();
        assertThat(Shrinker.shrink(steps, list -> list.contains(17) && list.contains(333)))
                .containsExactly(17, 333);
    }
}

package io.pointsman.linux.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SharedNeedsTest {
    private final SharedNeeds<Integer, String> needs = new SharedNeeds<>();

    @Test
    void shouldKeepAnObjectWhileSomeOwnerNeedsIt() {
        assertThat(needs.update(Map.of(1, Set.of("a", "b"), 2, Set.of("b"))).added())
                .containsExactlyInAnyOrder("a", "b");

        final SharedNeeds.Change<String> change = needs.update(Map.of(1, Set.of()));
        assertThat(change.removed()).containsExactly("a");
        assertThat(change.added()).isEmpty();
        assertThat(needs.isNeeded("b")).isTrue();

        assertThat(needs.update(Map.of(2, Set.of(), 3, Set.of())).removed()).containsExactly("b");
        assertThat(needs.isEmpty()).isTrue();
    }

    @Test
    void shouldTellNothingOfAnObjectThatGoesFromOneOwnerToAnother() {
        needs.update(Map.of(1, Set.of("a"), 2, Set.of()));

        for (Map<Integer, Set<String>> move :
                Set.of(Map.of(1, Set.<String>of(), 2, Set.of("a")), Map.of(1, Set.of("a"), 2, Set.<String>of()))) {
            final SharedNeeds.Change<String> change = needs.update(move);
            assertThat(change.added()).isEmpty();
            assertThat(change.removed()).isEmpty();
        }
        assertThat(needs.all()).containsExactly("a");
    }
}

package io.pointsman.linux.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReferenceCountsTest {
    private final ReferenceCounts<String> counts = new ReferenceCounts<>();
    private final List<String> changed = new ArrayList<>();

    @Test
    void shouldTellOfTheFirstUserAndOfTheLastOnly() {
        counts.replace(Set.of(), Set.of("set"), changed::add);
        counts.replace(Set.of(), Set.of("set"), changed::add);
        counts.replace(Set.of("set"), Set.of(), changed::add);
        assertThat(changed).containsExactly("set");
        assertThat(counts.contains("set")).isTrue();

        counts.replace(Set.of("set"), Set.of(), changed::add);
        assertThat(changed).containsExactly("set", "set");
        assertThat(counts.contains("set")).isFalse();
        assertThat(counts.all()).isEmpty();
    }

    @Test
    void shouldLeaveAloneWhatAUserKeeps() {
        counts.replace(Set.of(), Set.of("old", "kept"), _ -> {});
        counts.replace(Set.of("old", "kept"), Set.of("kept", "new"), changed::add);

        assertThat(changed).containsExactly("new", "old");
        assertThat(counts.all()).containsExactlyInAnyOrder("kept", "new");
    }
}

package io.pointsman.linux.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SharedValuesTest {
    private final SharedValues<String, Integer, String> claims = new SharedValues<>();
    private final Map<String, Optional<String>> touched = new HashMap<>();

    private void replace(int owner, Map<String, String> after) {
        touched.clear();
        claims.replace(owner, after, touched::put);
    }

    @Test
    void shouldKeepAThingWhileSomebodyWantsIt() {
        replace(1, Map.of("thing", "one"));
        replace(2, Map.of("thing", "two"));
        assertThat(claims.value("thing")).contains("two");
        assertThat(claims.owners("thing")).containsExactly(1, 2);

        replace(2, Map.of());
        assertThat(touched).containsEntry("thing", Optional.of("one"));

        replace(1, Map.of());
        assertThat(touched).containsEntry("thing", Optional.empty());
        assertThat(claims.things()).isEmpty();
    }

    @Test
    void shouldTellNothingWhenNothingChanged() {
        replace(1, Map.of("thing", "one"));
        replace(1, Map.of("thing", "one"));

        assertThat(touched).isEmpty();
    }
}

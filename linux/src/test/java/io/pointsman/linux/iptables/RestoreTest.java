package io.pointsman.linux.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RestoreTest {
    private final Restore restore = new Restore(List.of("filter", "nat"));

    @Test
    void shouldChangeEachTableAsAWholeInItsOrder() {
        final Map<String, @Nullable String> chains = new TreeMap<>();
        chains.put("X-GONE", null);
        chains.put("X-ONE", "-j DROP\n-s 10.0.0.1/32 -j X-GONE\n");
        restore.chains("nat", chains);
        restore.insert("filter", new Hook("FORWARD", "X-LAST", Hook.End.TAIL));
        restore.insert("nat", new Hook("OUTPUT", "X-ONE"));
        restore.delete("nat", "OUTPUT", "-j X-GONE");

        assertThat(restore.text()).isEqualTo("""
                *filter
                -A FORWARD -j X-LAST
                COMMIT
                *nat
                :X-ONE - [0:0]
                :X-GONE - [0:0]
                -A X-ONE -j DROP
                -A X-ONE -s 10.0.0.1/32 -j X-GONE
                -I OUTPUT 1 -j X-ONE
                -D OUTPUT -j X-GONE
                -X X-GONE
                COMMIT
                """);
        assertThat(restore.size()).isEqualTo(5);
        assertThat(restore.tables()).isEqualTo(2);
    }

    @Test
    void shouldBeEmptyWithoutChanges() {
        restore.chains("nat", Map.of());

        assertThat(restore.isEmpty()).isTrue();
        assertThat(restore.text()).isEmpty();
    }
}

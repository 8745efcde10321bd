package io.pointsman.linux.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RuleAuditTest {
    @Test
    void shouldSayInASentenceWhatDiffers() {
        final SavedTable found = SavedTable.parse("""
                        *nat
                        :OUTPUT ACCEPT [0:0]
                        :X-KEPT - [0:0]
                        :X-MORE - [0:0]
                        -A OUTPUT -d 10.0.0.1/32 -j X-KEPT
                        -A X-KEPT -j DROP
                        COMMIT
                        """, "X-").getOrDefault("nat", SavedTable.empty("X-"));

        assertThat(RuleAudit.differences(
                        "nat: ",
                        List.of(new Hook("OUTPUT", "X-KEPT")),
                        Map.of("X-KEPT", "-j ACCEPT\n", "X-LOST", ""),
                        found))
                .containsExactly(
                        "nat: the jump from OUTPUT to X-KEPT is missing",
                        "nat: there is a rule in OUTPUT that is not ours: -d 10.0.0.1/32 -j X-KEPT",
                        "nat: chain X-KEPT has other rules than ours",
                        "nat: chain X-LOST is missing",
                        "nat: chain X-MORE is not ours");
    }

    @Test
    void shouldSayOfManyHowManyMore() {
        assertThat(RuleAudit.shortened(Collections.nCopies(150, "one")))
                .hasSize(100)
                .last()
                .isEqualTo("and 51 more differences");
        assertThat(RuleAudit.shortened(List.of("one"))).containsExactly("one");
    }
}

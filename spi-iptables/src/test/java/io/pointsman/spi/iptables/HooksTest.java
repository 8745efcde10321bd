package io.pointsman.spi.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HooksTest {
    private static final List<String> FOREIGN = List.of(
            "-m comment --comment \"before -j PTS-SERVICES\" -j ACCEPT",
            "-m comment --comment \"-g PTS-SERVICES \\\" -j PTS-SERVICES\" -j DNAT --to-destination 10.0.0.1",
            "-p tcp -j LOG --log-prefix \"-j PTS-SERVICES \"",
            "-m comment --comment -j -j ACCEPT");

    private static SavedTable nat(List<String> prerouting) {
        final StringBuilder text = new StringBuilder("*nat\n:PREROUTING ACCEPT [0:0]\n:PTS-SERVICES - [0:0]\n");
        prerouting.forEach(rule -> text.append("-A PREROUTING ").append(rule).append('\n'));
        final Map<String, SavedTable> tables =
                SavedTable.parse(text.append("COMMIT\n").toString());
        return tables.getOrDefault("nat", SavedTable.EMPTY);
    }

    @Test
    void shouldTakeNoRuleForOursThatOnlySpeaksOfOurs() {
        final SavedTable saved = nat(FOREIGN);

        assertThat(Hooks.leadingToOurs(saved)).isEmpty();
        assertThat(Hooks.compare(Table.NAT, saved).surplus()).isEmpty();
        assertThat(saved.hasForeignRule("PREROUTING")).isTrue();
    }

    @Test
    void shouldTakeOutWhatLeadsToOursAndIsNotAsItShouldBe() {
        final List<String> ours = List.of("-d 10.0.0.1/32 -j PTS-SERVICES", "-m comment --comment \"x\" -g PTS-OTHER");

        assertThat(Hooks.compare(Table.NAT, nat(ours)).surplus())
                .extracting(Hooks.BuiltInRule::rule)
                .containsExactlyElementsOf(ours);
        assertThat(nat(ours).hasForeignRule("PREROUTING")).isFalse();
    }
}

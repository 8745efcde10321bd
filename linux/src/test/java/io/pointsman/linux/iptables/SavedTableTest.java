package io.pointsman.linux.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SavedTableTest {
    private static final List<String> FOREIGN = List.of(
            "-m comment --comment \"before -j PTS-SERVICES\" -j ACCEPT",
            "-m comment --comment \"-g PTS-SERVICES \\\" -j PTS-SERVICES\" -j DNAT --to-destination 10.0.0.1",
            "-p tcp -j LOG --log-prefix \"-j PTS-SERVICES \"",
            "-m comment --comment -j -j ACCEPT");

    private static final List<Hook> HOOKS =
            List.of(new Hook("PREROUTING", "PTS-SERVICES"), new Hook("OUTPUT", "PTS-SERVICES"));

    private static SavedTable nat(List<String> prerouting) {
        final StringBuilder text = new StringBuilder("*nat\n:PREROUTING ACCEPT [0:0]\n:PTS-SERVICES - [0:0]\n");
        prerouting.forEach(rule -> text.append("-A PREROUTING ").append(rule).append('\n'));
        final Map<String, SavedTable> tables =
                SavedTable.parse(text.append("COMMIT\n").toString(), "PTS-");
        return tables.getOrDefault("nat", SavedTable.empty("PTS-"));
    }

    @Test
    void shouldTakeNoRuleForOursThatOnlySpeaksOfOurs() {
        final SavedTable saved = nat(FOREIGN);

        assertThat(saved.leadingToOurs()).isEmpty();
        assertThat(saved.compare(HOOKS).surplus()).isEmpty();
        assertThat(saved.hasForeignRule("PREROUTING")).isTrue();
    }

    @Test
    void shouldTakeOutWhatLeadsToOursAndIsNotAsItShouldBe() {
        final List<String> ours = List.of("-d 10.0.0.1/32 -j PTS-SERVICES", "-m comment --comment \"x\" -g PTS-OTHER");

        assertThat(nat(ours).compare(HOOKS).surplus())
                .extracting(SavedTable.BuiltInRule::rule)
                .containsExactlyElementsOf(ours);
        assertThat(nat(ours).hasForeignRule("PREROUTING")).isFalse();
    }

    @Test
    void shouldMissAHookThatIsNotThereOnce() {
        assertThat(nat(List.of("-j PTS-SERVICES", "-j PTS-SERVICES")).compare(HOOKS))
                .isEqualTo(new SavedTable.Difference(
                        List.of(new Hook("OUTPUT", "PTS-SERVICES")),
                        List.of(new SavedTable.BuiltInRule("PREROUTING", "-j PTS-SERVICES"))));
    }
}

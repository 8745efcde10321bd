package io.pointsman.linux.iptables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.program.Programs;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RuleProgramsTest {
    @RegisterExtension
    private final Namespaces namespaces = new Namespaces();

    @ParameterizedTest
    @EnumSource(Flavour.class)
    void shouldReadBackWhatItLoaded(Flavour flavour) throws IOException {
        Assumptions.assumeTrue(
                Programs.ofNobody()
                        .run("sh", "-c", "command -v iptables-nft iptables-legacy")
                        .isSuccess(),
                "no iptables here");
        final var namespace = namespaces.create();
        final RulePrograms rules =
                new RulePrograms(new Programs("", builder -> namespace.call(builder::start)), "X-", 5);
        final Hook hook = new Hook("OUTPUT", "X-ONE");

        rules.load(
                flavour,
                IpFamily.IPV4,
                new Restore(List.of("filter"))
                        .chains("filter", Map.of("X-ONE", "-j DROP\n"))
                        .insert("filter", hook));

        final SavedTable saved =
                rules.save(flavour, IpFamily.IPV4, List.of("filter")).getOrDefault("filter", SavedTable.empty("X-"));
        assertThat(RuleAudit.differences("", List.of(hook), Map.of("X-ONE", "-j DROP\n"), saved))
                .isEmpty();
        assertThatThrownBy(() -> rules.load(
                        flavour,
                        IpFamily.IPV4,
                        new Restore(List.of("filter")).chains("filter", Map.of("X-TWO", "-j NONSENSE\n"))))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(flavour.restore(IpFamily.IPV4) + ": ");
    }

    @Test
    void shouldSayWhichLockItWaitedForInVain() {
        final RulePrograms rules = new RulePrograms(
                new Programs("", _ -> new ProcessBuilder(
                                "sh", "-c", "cat >/dev/null; echo 'Another app holds the xtables lock' >&2; exit 4")
                        .start()),
                "X-",
                7);

        assertThatThrownBy(() -> rules.restore(Flavour.LEGACY, IpFamily.IPV6, ""))
                .isInstanceOf(LockedException.class)
                .hasMessage(
                        "ip6tables-legacy-restore: another program held the xtables lock for the 7 s that it waited");
    }
}

package io.pointsman.linux.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.Capability;
import io.pointsman.linux.ProcessCapabilities;
import java.io.IOException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RuleTrialTest {
    private final Programs programs = Programs.ofNobody();

    @BeforeAll
    static void needsPrivilege() throws IOException {
        Assumptions.assumeTrue(
                ProcessCapabilities.current().has(Capability.SYS_ADMIN), "making a namespace takes CAP_SYS_ADMIN");
    }

    @Test
    void shouldFindNoFaultWithAProgramThatTakesItsRules() {
        assertThat(RuleTrial.complaint(programs, "rules", "grep", "-q", "rules"))
                .isEmpty();
    }

    @Test
    void shouldTellWhatAProgramComplainsOf() {
        assertThat(RuleTrial.complaint(programs, "", "sh", "-c", "echo not supported >&2; exit 4"))
                .contains("not supported");
        assertThat(RuleTrial.complaint(programs, "", "no-such-program"))
                .hasValueSatisfying(text -> assertThat(text).contains("no-such-program"));
    }

    @Test
    void shouldFindNoFaultWhenItCantTry() {
        final Programs none = new Programs("", _ -> {
            throw new IOException("no such program");
        });

        assertThat(RuleTrial.complaint(none, "", "false")).isEmpty();
        assertThat(RuleTrial.complaint(
                        programs, "", "sh", "-c", "echo 'unshare: unshare failed: not permitted' >&2; exit 1"))
                .isEmpty(); // as it would say itself
    }

    @Test
    void shouldBeInANamespaceThatIsGoneAfterwards() throws IOException {
        assertThat(RuleTrial.complaint(programs, "", "ip", "link", "add", "trial0", "type", "veth"))
                .isEmpty();
        assertThat(programs.run("ip", "link", "show", "trial0").isSuccess()).isFalse();
    }
}

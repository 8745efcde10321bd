package io.pointsman.spi.ipvs.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.Sysctl;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.Rule;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.ipvs.Plans;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SysctlsTest {
    private static final Rule TCP =
            Plans.rule("tcp", Protocol.TCP, "10.96.0.1", 80, "10.180.0.1,80").build();
    private static final Rule UDP =
            Plans.rule("udp", Protocol.UDP, "10.96.0.2", 53, "10.180.0.1,53").build();
    private static final Rule SIX =
            Plans.rule("six", Protocol.TCP, "fd00::1", 80, "fd00:10:180::1,80").build();
    private static final Rule STICKY = Plans.rule("sticky", Protocol.TCP, "10.96.0.3", 80, "10.180.0.1,80")
            .affinity(Duration.ofHours(3))
            .build();
    private static final Rule NODE_PORT =
            Plans.rule("port", Protocol.UDP, "0.0.0.0", 30_053, "10.180.0.1,53").build();
    private static final Rule REFUSING = Plans.rule("none", Protocol.TCP, "10.96.0.4", 80)
            .affinity(Duration.ofHours(3))
            .everybody(Action.REJECT)
            .build();
    private static final List<Rule> RULES = List.of(TCP, UDP, SIX, STICKY, NODE_PORT, REFUSING);

    private static List<Sysctls.Outcome> outcomes(SysctlSetting wish, Sysctl.Policy policy, Sysctl.Outcome outcome) {
        final List<Sysctls.Outcome> outcomes = new ArrayList<>();
        for (Sysctl sysctl : wish.wanted(policy)) {
            outcomes.add(new Sysctls.Outcome(
                    wish, new Sysctl.Result(sysctl, Optional.of("0"), outcome, "permission denied")));
        }
        return outcomes;
    }

    private static List<String> degraded(SysctlSetting wish) {
        return Sysctls.problems(outcomes(wish, Sysctl.Policy.TRY, Sysctl.Outcome.REFUSED), RULES).stream()
                .map(problem -> problem.owner().service().name())
                .toList();
    }

    @Test
    void shouldDegradeTheRulesThatAParameterMattersTo() {
        assertThat(degraded(SysctlSetting.CONNTRACK)).containsExactly("tcp", "udp", "six", "sticky", "port");
        assertThat(degraded(SysctlSetting.EXPIRE_NODEST_CONN)).containsExactly("tcp", "udp", "six", "sticky", "port");
        assertThat(degraded(SysctlSetting.FORWARDING)).containsExactly("tcp", "udp", "sticky", "port", "six");
        assertThat(degraded(SysctlSetting.EXPIRE_QUIESCENT_TEMPLATE)).containsExactly("sticky");
        assertThat(degraded(SysctlSetting.CONN_REUSE_MODE)).containsExactly("tcp", "six", "sticky");
        assertThat(degraded(SysctlSetting.STRICT_ARP))
                .as("of two parameters")
                .containsExactly("tcp", "udp", "sticky", "tcp", "udp", "sticky");
    }

    @Test
    void shouldSayWhatIsLostAndWhyAndWhatToDo() {
        final List<Sysctls.Outcome> refused =
                outcomes(SysctlSetting.EXPIRE_NODEST_CONN, Sysctl.Policy.TRY, Sysctl.Outcome.REFUSED);
        assertThat(Sysctls.problems(refused, List.of(TCP)))
                .containsExactly(new RuleProblem(
                        TCP.frontend(),
                        TCP.owner(),
                        RuleProblem.Kind.DEGRADED,
                        "a connection to a removed endpoint hangs until its client gives up:"
                                + " net.ipv4.vs.expire_nodest_conn = 1 could not be set: permission denied; set it in"
                                + " another way, or set sysctl-expire-nodest-conn to skip to run without it"));

        final List<Sysctls.Outcome> absent =
                outcomes(SysctlSetting.CONN_REUSE_MODE, Sysctl.Policy.TRY, Sysctl.Outcome.ABSENT);
        assertThat(Sysctls.problems(absent, List.of(TCP))).singleElement().satisfies(problem -> assertThat(
                        problem.reason())
                .contains("net.ipv4.vs.conn_reuse_mode is not in this kernel"));
    }

    @Test
    void shouldReportNothingWhenParametersAreSetOrLeftAlone() {
        for (SysctlSetting wish : SysctlSetting.values()) {
            assertThat(Sysctls.problems(outcomes(wish, Sysctl.Policy.TRY, Sysctl.Outcome.CHANGED), RULES))
                    .isEmpty();
            assertThat(Sysctls.problems(outcomes(wish, Sysctl.Policy.MUST, Sysctl.Outcome.ALREADY), RULES))
                    .isEmpty();
            assertThat(Sysctls.problems(outcomes(wish, Sysctl.Policy.SKIP, Sysctl.Outcome.SKIPPED), RULES))
                    .isEmpty();
            assertThat(Sysctls.problems(outcomes(wish, Sysctl.Policy.SKIP, Sysctl.Outcome.ABSENT), RULES))
                    .isEmpty();
        }
    }
}

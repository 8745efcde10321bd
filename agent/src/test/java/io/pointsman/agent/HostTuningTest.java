package io.pointsman.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.config.ConntrackSysctl;
import io.pointsman.agent.status.Problem;
import io.pointsman.agent.status.ProblemBoard;
import io.pointsman.linux.Sysctl;
import io.pointsman.model.ConfigException;
import io.pointsman.model.Severity;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Changes nothing on the host: each requested parameter is set already, or can't be. */
class HostTuningTest {
    private static final String NOT_THERE = "net.netfilter.nf_conntrack_that_no_kernel_has";

    private final ProblemBoard problems = new ProblemBoard();
    private final HostTuning tuning = new HostTuning(problems);

    private static AgentConfig config(String name, long value, Sysctl.Policy policy) throws ConfigException {
        return AgentConfig.builder()
                .conntrackSysctls(List.of(new ConntrackSysctl(name, value)))
                .conntrackSysctlPolicy(policy)
                .build();
    }

    @Test
    void shouldReportWhatThisKernelLacks() throws ConfigException {
        tuning.apply(config(NOT_THERE, 1, Sysctl.Policy.TRY));

        assertThat(tuning.reports()).singleElement().satisfies(report -> assertThat(report.text())
                .startsWith(NOT_THERE + " = 1 (try): absent"));
        assertThat(problems.count(Problem.Origin.HOST, Severity.ERROR)).isEqualTo(1);
        tuning.apply(AgentConfig.builder().build());
        assertThat(problems.all()).isEmpty();
        assertThat(tuning.reports()).isEmpty();
    }

    @Test
    void shouldNotStartWithoutWhatMustBe() {
        assertThatThrownBy(() -> tuning.apply(config(NOT_THERE, 1, Sysctl.Policy.MUST)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(NOT_THERE + " = 1 (must): absent");
    }

    @Test
    void shouldOnlyLookWhereItIsToSkip() throws ConfigException {
        tuning.apply(config(ConntrackSysctl.MAX, Integer.MAX_VALUE, Sysctl.Policy.SKIP));

        assertThat(tuning.reports()).singleElement().satisfies(report -> assertThat(report.text())
                .contains(" (skip): skipped"));
        assertThat(problems.all()).isEmpty();
    }

    @Test
    void shouldNeverLowerTheLimitOnConnections() throws ConfigException, IOException {
        final Optional<String> before = Sysctl.read(ConntrackSysctl.MAX);
        assumeThat(before).as("connection tracking is loaded").isPresent();

        tuning.apply(config(ConntrackSysctl.MAX, 1, Sysctl.Policy.MUST));

        assertThat(Sysctl.read(ConntrackSysctl.MAX)).isEqualTo(before);
        assertThat(tuning.reports()).singleElement().satisfies(report -> assertThat(report.text())
                .contains(" (must): already, was " + before.get()));
    }
}

package io.pointsman.agent;

import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.config.ConntrackSysctl;
import io.pointsman.agent.status.Problem;
import io.pointsman.agent.status.ProblemBoard;
import io.pointsman.linux.Sysctl;
import io.pointsman.model.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets the configured kernel parameters of connection tracking, and this process's OOM score adjustment. Nothing is
 * restored at the end: tracked connections still need the parameters.
 */
final class HostTuning {
    private static final Path OOM_SCORE_ADJ = Path.of("/proc/self/oom_score_adj");
    private static final Logger LOG = LoggerFactory.getLogger(HostTuning.class);

    private final ProblemBoard problems;
    private volatile List<Report> reports = List.of();

    /**
     * Result for one kernel parameter.
     *
     * @param wanted the value to set, and whether failing to set it is fatal
     * @param before its former value; {@code ?} if it can't be read
     * @param outcome whether it was set
     * @param detail why, if that is not obvious; otherwise empty
     */
    record Report(Sysctl wanted, String before, Sysctl.Outcome outcome, String detail) {
        String text() {
            return wanted.key() + " = " + wanted.value() + " ("
                    + wanted.policy().name().toLowerCase(Locale.ROOT) + "): "
                    + outcome.name().toLowerCase(Locale.ROOT) + ", was " + before
                    + (detail.isEmpty() ? "" : ": " + detail);
        }
    }

    HostTuning(ProblemBoard problems) {
        this.problems = problems;
    }

    /** Returns the result for each parameter. Any thread may call it. */
    List<Report> reports() {
        return reports;
    }

    /**
     * Sets what is configured. A failure that is not fatal becomes a problem.
     *
     * @throws ConfigException naming each parameter that must be set and can't be
     */
    void apply(AgentConfig config) throws ConfigException {
        final List<Report> results = new ArrayList<>();
        final List<Problem> failed = new ArrayList<>();
        final List<String> fatal = new ArrayList<>();
        for (ConntrackSysctl sysctl : config.conntrackSysctls()) {
            final Report report =
                    set(new Sysctl(sysctl.name(), Long.toString(sysctl.value()), config.conntrackSysctlPolicy()));
            results.add(report);
            LOG.info("{}", report.text());
            if (isUnfulfilled(report)) {
                if (report.wanted().policy() == Sysctl.Policy.MUST) {
                    fatal.add(report.text());
                }
                failed.add(new Problem(
                        Problem.Origin.HOST,
                        sysctl.name(),
                        report.text() + "; set it before the agent starts, or take it out of conntrack-sysctls"));
            }
        }
        reports = List.copyOf(results);
        config.oomScoreAdj().ifPresent(score -> setOomScore(score, failed));
        problems.replace(Problem.Origin.HOST, failed);
        if (!fatal.isEmpty()) {
            throw new ConfigException("conntrack-sysctls: " + String.join("; ", fatal)
                    + "; set them before the agent starts, or give conntrack-sysctl-policy: try");
        }
    }

    private static boolean isUnfulfilled(Report report) {
        return report.outcome() == Sysctl.Outcome.REFUSED || report.outcome() == Sysctl.Outcome.ABSENT;
    }

    private static Report set(Sysctl wanted) {
        try {
            if (wanted.key().equals(ConntrackSysctl.MAX) && wanted.policy() != Sysctl.Policy.SKIP) {
                final String now = Sysctl.read(wanted.key()).orElse("");
                if (!now.isEmpty() && Long.parseLong(now) >= Long.parseLong(wanted.value())) {
                    return new Report(wanted, now, Sysctl.Outcome.ALREADY, "it is only ever raised");
                }
            }
            // One by one: the caller decides whether a parameter that must be set stops the agent.
            final Sysctl attempt =
                    wanted.policy() == Sysctl.Policy.MUST ? Sysctl.attempt(wanted.key(), wanted.value()) : wanted;
            final Sysctl.Result result = Sysctl.apply(List.of(attempt)).getFirst();
            return new Report(wanted, result.before().orElse("?"), result.outcome(), result.detail());
        } catch (IOException | NumberFormatException e) {
            return new Report(wanted, "?", Sysctl.Outcome.REFUSED, String.valueOf(e.getMessage()));
        }
    }

    private static void setOomScore(int score, List<Problem> failed) {
        try {
            final String wanted = Integer.toString(score);
            if (!Files.readString(OOM_SCORE_ADJ).strip().equals(wanted)) {
                Files.writeString(OOM_SCORE_ADJ, wanted);
            }
        } catch (IOException e) {
            failed.add(new Problem(
                    Problem.Origin.HOST,
                    OOM_SCORE_ADJ.toString(),
                    "can't be set to " + score + ": " + e + "; lowering it needs CAP_SYS_RESOURCE; or set it where the"
                            + " agent is started (OOMScoreAdjust= of systemd)"));
        }
    }
}

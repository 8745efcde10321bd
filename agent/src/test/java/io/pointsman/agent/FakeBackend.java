package io.pointsman.agent;

import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.AuditReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.CleanupReport;
import io.pointsman.spi.FlowRecord;
import io.pointsman.spi.RuleProblem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A data plane that keeps its rules only by deltas, and fails on request. */
final class FakeBackend implements Backend {
    final Map<Frontend, Rule> rules = new HashMap<>();
    final List<PlanDelta> deltas = new ArrayList<>();
    List<RuleProblem> problems = List.of();
    volatile List<String> findings = List.of();
    volatile boolean refuses;
    volatile Optional<String> failure = Optional.empty();
    volatile boolean throwsUnexpectedly;

    @Override
    public ApplyReport apply(ForwardingPlan plan, PlanDelta delta) throws BackendException {
        if (throwsUnexpectedly) {
            throw new IllegalStateException("a bug, on purpose");
        }
        if (refuses) {
            throw new BackendException("refused on purpose, the last plan is in force");
        }
        deltas.add(delta);
        for (PlanDelta.RuleChange change : delta.rules()) {
            final Rule after = change.after();
            if (after == null) {
                rules.remove(change.frontend());
            } else {
                rules.put(change.frontend(), after);
            }
        }
        return new ApplyReport(
                plan.version(), rules.size() - problems.size(), delta.rules().size(), problems);
    }

    @Override
    public AuditReport audit() {
        return new AuditReport(findings);
    }

    @Override
    public Optional<String> failure() {
        return failure;
    }

    @Override
    public Stream<FlowRecord> flows() {
        return Stream.empty();
    }

    @Override
    public CleanupReport cleanup(boolean dryRun) {
        return new CleanupReport(dryRun, List.of());
    }

    @Override
    public void close() {}
}

package io.pointsman.agent;

import io.pointsman.agent.SyncSchedule.Outcome;
import io.pointsman.agent.status.AgentMetrics;
import io.pointsman.agent.status.Problem;
import io.pointsman.agent.status.ProblemBoard;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ServiceCatalog;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.HostAddresses;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PlanOptions;
import io.pointsman.plan.PlanProblem;
import io.pointsman.plan.PlanResolver;
import io.pointsman.plan.PlanUpdate;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.RuleProblem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Syncs the data plane with the cluster: resolves a plan, applies it, audits and reports. Used by one thread. */
final class Reconciler {
    private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);

    private PlanOptions options;
    private final Backend backend;
    private final HealthPorts healthPorts;
    private final ProblemBoard problems;
    private final AgentMetrics metrics;
    private final PlanListener listener;
    private final ServiceCatalog catalog = new ServiceCatalog();
    private final NodeWatch nodes;
    private HostAddresses addresses = new HostAddresses(Set.of(), Map.of());
    private PlanResolver resolver;
    private @Nullable ForwardingPlan inForce;
    private boolean inStep = true;
    private boolean unsettled;
    private boolean optionsChanged;
    private List<String> findings = List.of();

    /** Callbacks about the plans that the backend is given. Called on the control thread. */
    @FunctionalInterface
    interface PlanListener {
        /** Called before a plan is written, and again before each retry if that fails. */
        default void writing() {}

        /** Called when the backend has applied a plan. */
        void applied(ForwardingPlan plan, ApplyReport report);
    }

    Reconciler(
            PlanOptions options,
            Backend backend,
            HealthPorts healthPorts,
            ProblemBoard problems,
            AgentMetrics metrics,
            PlanListener listener) {
        this.options = options;
        this.backend = backend;
        this.healthPorts = healthPorts;
        this.problems = problems;
        this.metrics = metrics;
        this.listener = listener;
        this.nodes = new NodeWatch(options.nodeName());
        this.resolver = new PlanResolver(options);
    }

    /**
     * Takes changes and puts the resulting plan in force.
     *
     * @param checks whether to read the host's addresses and to audit what is in force, too
     */
    Outcome run(List<ObjectChange> changes, boolean checks) {
        catalog.apply(changes);
        nodes.note(changes);
        healthPorts.nodeEligible(nodes.isEligible());
        final List<Problem> own = new ArrayList<>();
        nodes.problem()
                .ifPresent(reason -> own.add(new Problem(Problem.Origin.AGENT, "node " + options.nodeName(), reason)));
        if (checks || inForce == null) {
            readAddresses(own);
        }
        problems.replace(Problem.Origin.AGENT, own);
        final PlanUpdate update = resolver.resolve(catalog, addresses);
        problems.replace(
                Problem.Origin.PLAN,
                update.problems().stream().map(Reconciler::problem).toList());
        try {
            return apply(update, checks);
        } catch (BackendException e) {
            inStep = false;
            metrics.syncFailed();
            problems.replace(
                    Problem.Origin.BACKEND,
                    List.of(new Problem(
                            Problem.Origin.BACKEND, "plan " + update.plan().version(), e.getMessage())));
            return Outcome.FAILED;
        }
    }

    /** Discards all state of the last run, so that the next one resolves everything again. Used after a run that threw. */
    void startOver() {
        resolver = new PlanResolver(options);
        inStep = false;
    }

    /** Resolves with other options from the next run on. The node and the families must be the same. */
    void use(PlanOptions newOptions) {
        options = newOptions;
        optionsChanged = true;
        startOver();
    }

    private void readAddresses(List<Problem> own) {
        try {
            addresses = HostNetworkReader.read();
        } catch (IOException e) {
            own.add(new Problem(
                    Problem.Origin.AGENT, "addresses of this host", "not read, the last ones hold: " + e.getMessage()));
        }
    }

    private Outcome apply(PlanUpdate update, boolean checks) throws BackendException {
        final ForwardingPlan plan = update.plan();
        PlanDelta delta = delta(update);
        if (delta.isEmpty() && checks && inForce != null && hasDrifted()) {
            delta = PlanDelta.whole(plan);
        }
        @Nullable ApplyReport report = null;
        if (!delta.isEmpty() || unsettled || inForce == null) {
            if (delta.fromVersion() == ForwardingPlan.EMPTY_VERSION) {
                metrics.writingAll();
            } else {
                metrics.writingChanges();
            }
            listener.writing();
            report = backend.apply(plan, delta);
            inForce = plan;
            inStep = true;
            unsettled = report.problems().stream().anyMatch(problem -> problem.kind() == RuleProblem.Kind.REFUSED);
            problems.replace(
                    Problem.Origin.BACKEND,
                    report.problems().stream().map(Reconciler::problem).toList());
            LOG.debug(
                    "plan {}: {} of {} rules in force, {} changes",
                    plan.version(),
                    report.rulesInForce(),
                    plan.rules().size(),
                    report.changes());
        }
        final boolean portsOpen =
                healthPorts.sync(plan, options, delta.healthChanged() || delta.nodeChanged() || optionsChanged);
        optionsChanged = false;
        if (report != null) {
            listener.applied(plan, report); // only once the health check ports are open
        }
        return unsettled || !portsOpen ? Outcome.UNSETTLED : Outcome.DONE;
    }

    private PlanDelta delta(PlanUpdate update) {
        if (inStep) {
            return update.delta();
        }
        return inForce == null ? PlanDelta.whole(update.plan()) : PlanDelta.between(inForce, update.plan());
    }

    /** Whether the backend's state differs from what it wrote, and can be repaired. */
    private boolean hasDrifted() throws BackendException {
        final Optional<String> failure = backend.failure();
        final List<String> now = new ArrayList<>(backend.audit().findings());
        failure.filter(reason -> !now.contains(reason)).ifPresent(now::add);
        final String remedy = failure.isPresent() ? "can't be repaired in this process" : "repairing";
        now.stream()
                .filter(finding -> !findings.contains(finding))
                .forEach(finding -> LOG.warn("backend: not as it was left, {}: {}", remedy, finding));
        metrics.drifted(now.size());
        findings = now;
        return !now.isEmpty() && failure.isEmpty();
    }

    private static Problem problem(PlanProblem problem) {
        final String frontend = problem.frontend().map(some -> ", " + some).orElse("");
        return new Problem(
                Problem.Origin.PLAN, "Service " + problem.service() + frontend, problem.severity(), problem.reason());
    }

    private static Problem problem(RuleProblem problem) {
        return new Problem(
                Problem.Origin.BACKEND,
                "Service " + problem.owner().service() + ", " + problem.frontend(),
                problem.kind().name().toLowerCase(Locale.ROOT) + ": " + problem.reason());
    }
}

package io.pointsman.agent;

import io.pointsman.agent.status.Problem;
import io.pointsman.agent.status.ProblemBoard;
import io.pointsman.kubernetes.cluster.NodeEvent;
import io.pointsman.kubernetes.cluster.NodeEvents;
import io.pointsman.model.Severity;
import java.util.List;
import java.util.Optional;

/**
 * Chooses what becomes an Event of the node: what kube-proxy reports there, in its words; refused Services; the audit's
 * findings.
 */
final class EventReporter implements AutoCloseable {
    private static final String START = "StartKubeProxy";

    private final NodeEvents events;
    private final ProblemBoard problems;
    private final String mode;

    private EventReporter(NodeEvents events, ProblemBoard problems, String mode) {
        this.events = events;
        this.problems = problems;
        this.mode = mode;
    }

    /** Starts to report each new problem that deserves an Event. */
    static EventReporter start(NodeEvents events, ProblemBoard problems, String mode) {
        final EventReporter reporter = new EventReporter(events, problems, mode);
        problems.onNew(reporter::tell);
        return reporter;
    }

    /**
     * Reports that this agent has started. Called once rules are in force, as opening a connection for it would delay
     * those.
     */
    void started() {
        events.tell(new NodeEvent(NodeEvent.Type.NORMAL, "Starting", START, "pointsman has started, mode " + mode));
    }

    private void tell(List<Problem> come) {
        come.forEach(problem -> event(problem).ifPresent(events::tell));
    }

    static Optional<NodeEvent> event(Problem problem) {
        if (problem.severity() != Severity.ERROR) {
            return Optional.empty();
        }
        return switch (problem.origin()) {
            case HTTP ->
                Optional.of(warning(
                        problem.where().equals("/healthz")
                                ? "FailedToStartProxierHealthcheck"
                                : "FailedToStartMetricServer",
                        START,
                        problem));
            case PLAN, BACKEND -> Optional.of(warning("ServiceRefused", "SyncProxyRules", problem));
            case AUDIT -> Optional.of(warning("UnexpectedConnection", "AuditConnections", problem));
            case SOURCE, HEALTH, SYNC, PROCESS, HOST, CONFIGURATION, CONTROL, EVENTS, AGENT -> Optional.empty();
        };
    }

    private static NodeEvent warning(String reason, String action, Problem problem) {
        return new NodeEvent(NodeEvent.Type.WARNING, reason, action, problem.toString());
    }

    /** Shows on the board that Events can't be sent; empty if they can. */
    static void trouble(ProblemBoard problems, Optional<String> reason) {
        problems.replace(
                Problem.Origin.EVENTS,
                reason
                        .map(text -> new Problem(Problem.Origin.EVENTS, "Events of this node", Severity.WARNING, text))
                        .stream()
                        .toList());
    }

    @Override
    public void close() {
        problems.onNew(_ -> {});
        events.close();
    }
}

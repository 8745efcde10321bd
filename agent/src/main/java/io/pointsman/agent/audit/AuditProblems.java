package io.pointsman.agent.audit;

import io.pointsman.agent.status.Problem;
import io.pointsman.agent.status.ProblemBoard;
import io.pointsman.model.Severity;
import io.pointsman.nat.Explanation;
import io.pointsman.spi.FlowRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The audit's problems: for each Service the first wrong connection, kept until 10 minutes have passed without another.
 * Its text stays the same meanwhile, so that it is logged and reported once. Used by one thread.
 */
final class AuditProblems {
    static final int MAX_SERVICES = 100;
    static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final ProblemBoard board;
    private final boolean reports;
    private final Map<String, Wrong> wrongs = new LinkedHashMap<>();
    private Optional<Problem> trouble = Optional.empty();
    private boolean isNew;

    private record Wrong(Problem problem, long lastNanos) {}

    /** @param reports whether wrong connections are problems */
    AuditProblems(ProblemBoard board, boolean reports) {
        this.board = board;
        this.reports = reports;
    }

    /** Sets why connections can't be watched; empty if they can. */
    void trouble(Optional<String> reason) {
        trouble = reason.map(text -> new Problem(Problem.Origin.AUDIT, "connections", Severity.WARNING, text));
        isNew = true;
    }

    void wrong(FlowRecord flow, Explanation decision, long nowNanos) {
        final String where =
                flow.owner().map(owner -> "Service " + owner.service()).orElse("connections");
        final Wrong known = wrongs.get(where);
        if (!reports || (known == null && wrongs.size() >= MAX_SERVICES)) {
            return;
        }
        isNew |= known == null;
        wrongs.put(where, new Wrong(known == null ? problem(where, flow, decision) : known.problem(), nowNanos));
    }

    private static Problem problem(String where, FlowRecord flow, Explanation decision) {
        return new Problem(
                Problem.Origin.AUDIT,
                where,
                "a connection was not forwarded according to the plan: " + flow.original() + " went to "
                        + flow.reply().source().withPort(flow.reply().sourcePort()) + ", which sees "
                        + flow.reply().destination() + ", but for the engine " + decision.outcome()
                        + "; rules of other programs may be the cause, audit --follow shows each connection; this"
                        + " problem stays for "
                        + TimeUnit.NANOSECONDS.toMinutes(KEPT_NANOS) + " minutes after the last one");
    }

    /** Updates the board if a problem came or went. */
    void publish(long nowNanos) {
        isNew |= wrongs.values().removeIf(wrong -> nowNanos - wrong.lastNanos() >= KEPT_NANOS);
        if (isNew) {
            isNew = false;
            final List<Problem> all = new ArrayList<>(trouble.stream().toList());
            wrongs.values().forEach(wrong -> all.add(wrong.problem()));
            board.replace(Problem.Origin.AUDIT, all);
        }
    }
}

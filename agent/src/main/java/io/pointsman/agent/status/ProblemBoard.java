package io.pointsman.agent.status;

import io.pointsman.model.Severity;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All current problems. Logs each once when it comes and once when it is solved. Thread-safe. */
public final class ProblemBoard {
    /** Maximum number of problems of one kind that are logged each; the status page has all. */
    private static final int MAX_LOGGED = 50;

    private static final Logger LOG = LoggerFactory.getLogger(ProblemBoard.class);

    private volatile Consumer<List<Problem>> onNew = _ -> {};
    private final Map<Problem.Origin, SortedSet<Problem>> problems = new EnumMap<>(Problem.Origin.class);

    /** Creates an empty board. */
    public ProblemBoard() {}

    /** Sets the listener for new problems, replacing the one before. It must not block. */
    public void onNew(Consumer<List<Problem>> listener) {
        onNew = listener;
    }

    /** Replaces all problems of one origin; only one thread at a time may do so for an origin. */
    public void replace(Problem.Origin origin, Collection<Problem> current) {
        final SortedSet<Problem> now = new TreeSet<>(current);
        final Set<Problem> before = swap(origin, now);
        // Not under the lock: a blocked log must not keep /livez and /metrics from answering.
        final List<Problem> gone =
                before.stream().filter(problem -> !now.contains(problem)).toList();
        final List<Problem> come =
                now.stream().filter(problem -> !before.contains(problem)).toList();
        gone.stream().limit(MAX_LOGGED).forEach(problem -> LOG.info("{}: solved: {}", origin.text(), problem));
        come.stream().limit(MAX_LOGGED).forEach(problem -> LOG.warn("{}: {}", origin.text(), problem));
        onNew.accept(come);
        if (come.size() > MAX_LOGGED) {
            LOG.warn("{}: and {} problems more; /status lists them all", origin.text(), come.size() - MAX_LOGGED);
        }
    }

    private synchronized Set<Problem> swap(Problem.Origin origin, SortedSet<Problem> now) {
        final SortedSet<Problem> before = problems.put(origin, now);
        return before == null ? Set.of() : before;
    }

    /** Returns all problems, in order of origin and place. */
    public synchronized List<Problem> all() {
        final List<Problem> all = new ArrayList<>();
        problems.values().forEach(all::addAll);
        return all;
    }

    /** Returns the number of problems of one origin and severity. */
    public synchronized int count(Problem.Origin origin, Severity severity) {
        int count = 0;
        for (Problem problem : problems.getOrDefault(origin, Collections.emptySortedSet())) {
            if (problem.severity() == severity) {
                count++;
            }
        }
        return count;
    }
}

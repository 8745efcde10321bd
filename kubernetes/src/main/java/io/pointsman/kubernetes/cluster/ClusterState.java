package io.pointsman.kubernetes.cluster;

import io.pointsman.kubernetes.api.ApiItem;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectDiff;
import io.pointsman.model.ObjectKey;
import io.pointsman.model.ServiceSource;
import io.pointsman.model.ServiceSource.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the cluster has, and what the listener knows of it. Nothing is told before every kind is complete, unless a saved
 * state stands in; from then on each change is. What a listener throws at is told again with what comes next. Thread-safe;
 * the listener is called under its lock.
 */
final class ClusterState {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterState.class);

    private final ServiceSource.Listener listener;
    private final Map<ClusterObject.Kind, KindState> kinds = new EnumMap<>(ClusterObject.Kind.class);
    private final Set<ClusterObject.Kind> incomplete = EnumSet.allOf(ClusterObject.Kind.class);
    private final Map<String, Problem> problems = new TreeMap<>();
    private final Map<ObjectKey, ObjectChange> untold = new LinkedHashMap<>(); // the last of each object, in order
    private List<Problem> reported = List.of();
    private Map<ObjectKey, ClusterObject> saved = Map.of();
    private boolean isSynced; // the listener has a state, saved or live
    private boolean isLive; // it is the server's
    private boolean isReportDue; // the listener threw at the last one
    private boolean isClosed;
    private long changeCount;
    private @Nullable Watcher watcher;

    /** Is told, under the lock, what {@link StateKeeper} waits for. */
    interface Watcher {
        /** There is something that may be saved. */
        void changed();

        /** Something goes wrong before everything is complete. */
        void troubled();
    }

    ClusterState(ServiceSource.Listener listener) {
        this.listener = listener;
        for (ClusterObject.Kind kind : ClusterObject.Kind.values()) {
            kinds.put(kind, new KindState());
        }
    }

    /** Has one told from now on. */
    synchronized void watch(Watcher told) {
        watcher = told;
    }

    private KindState state(ClusterObject.Kind kind) {
        return Objects.requireNonNull(kinds.get(kind));
    }

    /**
     * Begins a complete state of what a scope covers, to be handed to {@link #replace}. What it does not cover stays as it is
     * known: to be forbidden to look at a thing for a while does not make it go away.
     */
    synchronized Listing listing(Scope scope) {
        final Listing listing = new Listing(key -> known(scope.kind(), key));
        state(scope.kind()).objects().forEach((key, object) -> {
            if (!scope.covers(key)) {
                listing.objects.put(key, object);
            }
        });
        return listing;
    }

    private synchronized @Nullable ClusterObject known(ClusterObject.Kind kind, ObjectKey key) {
        return state(kind).objects().get(key);
    }

    /** A kind is complete, for the first time or again; what differs is told in one batch. */
    synchronized void replace(ClusterObject.Kind kind, Listing listing) {
        if (isClosed) {
            return;
        }
        final List<ObjectChange> changes = state(kind).replace(listing);
        incomplete.remove(kind);
        if (isLive) {
            tell(changes);
            sync();
        } else if (incomplete.isEmpty()) {
            goLive();
        }
        report();
    }

    /** There is nothing of a kind to be had from the server, unless it is known from before. */
    synchronized void absent(ClusterObject.Kind kind) {
        if (incomplete.contains(kind)) {
            replace(kind, new Listing(_ -> null));
        }
    }

    private void goLive() {
        final Map<ObjectKey, ClusterObject> all = new HashMap<>();
        kinds.values().forEach(kind -> all.putAll(kind.objects()));
        final List<ObjectChange> changes = ObjectDiff.between(saved, all);
        isLive = true;
        saved = Map.of();
        problems.remove(SavedState.PLACE);
        mayBeSaved();
        tell(changes);
        sync();
    }

    private void sync() {
        if (!isSynced) {
            listener.synced();
            isSynced = true;
        }
    }

    /** An object is new or changed. */
    synchronized void put(ClusterObject.Kind kind, ApiItem item) {
        if (isClosed) {
            return;
        }
        final KindState state = state(kind);
        final boolean hadRefusals = state.hasRefusals();
        final List<ObjectChange> changes = state.put(item);
        if (isLive) {
            tell(changes);
        }
        if (hadRefusals || state.hasRefusals()) {
            report();
        }
    }

    /** An object is gone. */
    synchronized void delete(ObjectKey key) {
        if (isClosed) {
            return;
        }
        final KindState state = state(key.kind());
        final boolean hadRefusals = state.hasRefusals();
        final List<ObjectChange> changes = state.delete(key);
        if (isLive) {
            tell(changes);
        }
        if (hadRefusals) {
            report();
        }
    }

    /** Tells of changes, after those that the listener threw at before. */
    private void tell(List<ObjectChange> changes) {
        for (ObjectChange change : changes) {
            final ObjectKey key = change.key();
            untold.remove(key); // to its new place in the order
            untold.put(key, change);
        }
        if (!untold.isEmpty()) {
            changeCount++;
            mayBeSaved();
            listener.changed(List.copyOf(untold.values()));
            untold.clear();
        }
    }

    private void mayBeSaved() {
        if (watcher != null && isLive) {
            watcher.changed();
        }
    }

    /** Lets a saved state stand in until the server's is complete; false when that is not wanted any more. */
    synchronized boolean serveSaved(Collection<ClusterObject> objects, Problem staleness) {
        if (isClosed || isSynced || isLive) {
            return false;
        }
        saved = new HashMap<>();
        objects.forEach(object -> saved.put(ObjectKey.of(object), object));
        tell(ObjectDiff.between(Map.of(), saved));
        problems.put(SavedState.PLACE, staleness);
        report();
        sync();
        return true;
    }

    /** Says what is wrong at some place, in place of what was. */
    synchronized void problem(String place, Problem problem) {
        if (watcher != null && !isClosed && !isLive) {
            watcher.troubled();
        }
        if (!isClosed && (!problem.equals(problems.put(place, problem)) || isReportDue)) {
            report();
        }
    }

    /** Says that nothing is wrong there any more. */
    synchronized void solved(String place) {
        if (!isClosed && (problems.remove(place) != null || isReportDue)) {
            report();
        }
    }

    private void report() {
        final List<Problem> all = new ArrayList<>(problems.values());
        kinds.values().forEach(kind -> kind.addProblems(all));
        if (all.equals(reported)) {
            return;
        }
        try {
            listener.problems(all);
            reported = all;
            isReportDue = false;
        } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
            LOG.error("cluster source: the listener failed to take problems, it is told again", e);
            isReportDue = true;
        }
    }

    /** Whether the listener still has nothing at all. */
    synchronized boolean isWaiting() {
        return !isSynced && !isLive && !isClosed;
    }

    /** Whether something went wrong before everything was complete. */
    synchronized boolean hasTrouble() {
        return !isLive && !problems.isEmpty();
    }

    /** Grows with each change of a live state; what is saved at one count is good until the next. */
    synchronized long changeCount() {
        return isLive ? changeCount : 0;
    }

    /** All objects, as they are now. */
    synchronized List<ClusterObject> objects() {
        final List<ClusterObject> all = new ArrayList<>();
        kinds.values().forEach(kind -> all.addAll(kind.objects().values()));
        return all;
    }

    /** When it returns the listener is not called any more. */
    synchronized void close() {
        isClosed = true;
    }
}

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
 * State of the cluster, and the part of it that the listener knows. Delivers nothing before every kind is complete, unless a
 * saved state is served; from then on delivers each change. Changes at which the listener throws are delivered again with
 * the next ones. Thread-safe; the listener is called under its lock.
 */
final class ClusterState {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterState.class);

    private final ServiceSource.Listener listener;
    private final Map<ClusterObject.Kind, KindState> kinds = new EnumMap<>(ClusterObject.Kind.class);
    private final Set<ClusterObject.Kind> incomplete = EnumSet.allOf(ClusterObject.Kind.class);
    private final Map<String, Problem> problems = new TreeMap<>();
    private final Map<ObjectKey, ObjectChange> untold = new LinkedHashMap<>(); // last of each object, in order
    private List<Problem> reported = List.of();
    private Map<ObjectKey, ClusterObject> saved = Map.of();
    private boolean isSynced; // the listener has a state, saved or live
    private boolean isLive; // the state is the server's
    private boolean isReportDue; // the listener threw at the last report
    private boolean isClosed;
    private long changeCount;
    private @Nullable Watcher watcher;

    /** Receives events that {@link StateKeeper} waits for. Called under the lock. */
    interface Watcher {
        /** The state may have to be saved. */
        void changed();

        /** A problem occurred before every kind was complete. */
        void troubled();
    }

    ClusterState(ServiceSource.Listener listener) {
        this.listener = listener;
        for (ClusterObject.Kind kind : ClusterObject.Kind.values()) {
            kinds.put(kind, new KindState());
        }
    }

    /** Sets the watcher. */
    synchronized void watch(Watcher told) {
        watcher = told;
    }

    private KindState state(ClusterObject.Kind kind) {
        return Objects.requireNonNull(kinds.get(kind));
    }

    /**
     * Starts a complete listing of a scope, to be passed to {@link #replace}. It contains the known objects outside the
     * scope, as a temporary lack of permission must not remove objects.
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

    /** Replaces all objects of a kind, for the first time or again; delivers the differences in one batch. */
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

    /** Completes a kind that the server does not provide; objects already known stay. */
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

    /** Adds or replaces an object. */
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

    /** Deletes an object. */
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

    /** Delivers changes, after those that the listener threw at before. */
    private void tell(List<ObjectChange> changes) {
        for (ObjectChange change : changes) {
            final ObjectKey key = change.key();
            untold.remove(key); // moves it to its new place in the order
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

    /** Serves a saved state until the server's is complete; returns false if it is no longer needed. */
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

    /** Sets the problem of a place, replacing an earlier one. */
    synchronized void problem(String place, Problem problem) {
        if (watcher != null && !isClosed && !isLive) {
            watcher.troubled();
        }
        if (!isClosed && (!problem.equals(problems.put(place, problem)) || isReportDue)) {
            report();
        }
    }

    /** Removes the problem of a place. */
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
            LOG.error("cluster source: the listener failed when it got the problems; they are passed to it again", e);
            isReportDue = true;
        }
    }

    /** Whether the listener has received no state yet. */
    synchronized boolean isWaiting() {
        return !isSynced && !isLive && !isClosed;
    }

    /** Whether there is a problem before every kind is complete. */
    synchronized boolean hasTrouble() {
        return !isLive && !problems.isEmpty();
    }

    /** Returns a number that grows with each change of a live state; a saved state is up to date while it stays the same. */
    synchronized long changeCount() {
        return isLive ? changeCount : 0;
    }

    /** Returns all current objects. */
    synchronized List<ClusterObject> objects() {
        final List<ClusterObject> all = new ArrayList<>();
        kinds.values().forEach(kind -> all.addAll(kind.objects().values()));
        return all;
    }

    /** Stops deliveries; after it returns the listener is not called any more. */
    synchronized void close() {
        isClosed = true;
    }
}

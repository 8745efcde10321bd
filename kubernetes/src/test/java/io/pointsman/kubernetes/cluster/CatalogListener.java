package io.pointsman.kubernetes.cluster;

import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectKey;
import io.pointsman.model.ServiceSource;
import io.pointsman.model.ServiceSource.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Keeps what a source delivers, and every deletion ever. Thread-safe. */
final class CatalogListener implements ServiceSource.Listener {
    private static final Duration DEADLINE = Duration.ofSeconds(60); // only a failing test waits for it

    private final Map<ObjectKey, ClusterObject> objects = new ConcurrentHashMap<>();
    private final List<List<ObjectChange>> batches = new ArrayList<>();
    private final Set<String> everDeleted = new TreeSet<>();
    private final List<Problem> everReported = new ArrayList<>();
    private List<Problem> problems = List.of();
    private int syncs;
    private int batchesBeforeSync;
    private String throwingCall = "";
    private int throwsLeft;
    private boolean hasThrown;

    /** Throws at this number of the next calls of that name. */
    synchronized void throwAtTheNext(String call, int times) {
        throwingCall = call;
        throwsLeft = times;
        hasThrown = false;
    }

    /** Whether it has thrown since {@link #throwAtTheNext}. */
    synchronized boolean hasThrown() {
        return hasThrown;
    }

    private void called(String call) {
        if (call.equals(throwingCall) && throwsLeft > 0) {
            throwsLeft--;
            hasThrown = true;
            throw new IllegalStateException("a listener that throws at " + call);
        }
    }

    @Override
    public synchronized void changed(List<ObjectChange> changes) {
        called("changed");
        batches.add(List.copyOf(changes));
        for (ObjectChange change : changes) {
            switch (change) {
                case ObjectChange.Put(ClusterObject object) -> objects.put(ObjectKey.of(object), object);
                case ObjectChange.Delete(var kind, var name) -> {
                    final ObjectKey key = new ObjectKey(kind, name);
                    if (objects.remove(key) != null) {
                        everDeleted.add(key.toString());
                    }
                }
            }
        }
        notifyAll();
    }

    @Override
    public synchronized void synced() {
        called("synced");
        syncs++;
        batchesBeforeSync = batches.size();
        notifyAll();
    }

    @Override
    public synchronized void problems(List<Problem> current) {
        called("problems");
        problems = List.copyOf(current);
        everReported.addAll(current);
        notifyAll();
    }

    synchronized Map<ObjectKey, ClusterObject> objects() {
        return Map.copyOf(objects);
    }

    synchronized Set<String> everDeleted() {
        return Set.copyOf(everDeleted);
    }

    synchronized List<List<ObjectChange>> batches() {
        return List.copyOf(batches);
    }

    synchronized List<Problem> problems() {
        return problems;
    }

    synchronized List<Problem> everReported() {
        return List.copyOf(everReported);
    }

    synchronized int syncs() {
        return syncs;
    }

    synchronized int batchesBeforeSync() {
        return batchesBeforeSync;
    }

    /** Returns the names of the present objects of a kind. */
    Set<String> names(ClusterObject.Kind kind) {
        final Set<String> names = new TreeSet<>();
        for (ObjectKey key : objects().keySet()) {
            if (key.kind() == kind) {
                names.add(
                        kind == ClusterObject.Kind.NODE
                                ? key.name().name()
                                : key.name().toString());
            }
        }
        return names;
    }

    synchronized void await(String what, Predicate<CatalogListener> condition) {
        final long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.test(this)) {
            final long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new AssertionError("not within " + DEADLINE.toSeconds() + " s: " + what + "; problems " + problems
                        + ", objects " + objects.keySet());
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, Math.min(left, TimeUnit.MILLISECONDS.toNanos(50)));
            } catch (InterruptedException e) {
                throw new AssertionError("interrupted", e);
            }
        }
    }

    void awaitSync() {
        await("synced", listener -> listener.syncs() > 0);
    }
}

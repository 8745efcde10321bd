package io.pointsman.kubernetes.files;

import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ServiceSource;
import io.pointsman.model.ServiceSource.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Holds what a source has delivered so far, and waits for expected content. Thread-safe. */
final class RecordingListener implements ServiceSource.Listener {
    private static final long DEADLINE_SECONDS = 30; // far more than needed; only a failing test waits for it

    private final Map<String, ClusterObject> objects = new TreeMap<>();
    private final List<String> events = new ArrayList<>();
    private List<Problem> problems = List.of();
    private boolean isToFail;

    record State(List<ClusterObject> objects, List<String> events, List<Problem> problems) {}

    @Override
    public synchronized void changed(List<ObjectChange> changes) {
        if (isToFail) {
            isToFail = false;
            notifyAll();
            throw new IllegalStateException("a listener that fails, as the test wants it");
        }
        for (ObjectChange change : changes) {
            switch (change) {
                case ObjectChange.Put put -> {
                    objects.put(put.object().objectName().name(), put.object());
                    events.add("put " + put.object().objectName().name());
                }
                case ObjectChange.Delete delete -> {
                    objects.remove(delete.name().name());
                    events.add("delete " + delete.name().name());
                }
            }
        }
        notifyAll();
    }

    @Override
    public synchronized void synced() {
        events.add("synced");
        notifyAll();
    }

    @Override
    public synchronized void problems(List<Problem> newProblems) {
        problems = newProblems;
        notifyAll();
    }

    public synchronized void failNext() {
        isToFail = true;
    }

    public synchronized boolean isToFail() {
        return isToFail;
    }

    synchronized State state() {
        return new State(List.copyOf(objects.values()), List.copyOf(events), problems);
    }

    public List<ClusterObject> objects() {
        return state().objects();
    }

    public List<String> events() {
        return state().events();
    }

    public List<Problem> problems() {
        return state().problems();
    }

    public synchronized void await(Predicate<State> condition) {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        while (!condition.test(state())) {
            final long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new AssertionError("not within " + DEADLINE_SECONDS + " s; now " + state());
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            } catch (InterruptedException e) {
                throw new AssertionError("interrupted; now " + state(), e);
            }
        }
    }
}

package io.pointsman.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Objects that the embedding program puts and deletes itself. What is there at the start is the first complete state;
 * later calls deliver before they return, on the caller's thread. Thread-safe; the listener is called under its lock, so
 * it must not wait for another thread that calls this source.
 */
public final class InMemorySource implements ServiceSource {
    private final Map<ObjectKey, ClusterObject> objects = new TreeMap<>();
    private @Nullable Listener listener;
    private boolean wasStarted;

    private InMemorySource() {}

    /** A source of these objects, to begin with. */
    public static InMemorySource of(ClusterObject... objects) {
        final InMemorySource source = new InMemorySource();
        for (ClusterObject object : objects) {
            source.put(object);
        }
        return source;
    }

    /** Adds an object, or replaces the one of its kind and name. */
    public void put(ClusterObject object) {
        apply(List.of(new ObjectChange.Put(object)));
    }

    /** Takes an object away, if it is there. */
    public void delete(ClusterObject.Kind kind, ObjectName name) {
        apply(List.of(new ObjectChange.Delete(kind, name)));
    }

    /** Several changes at once, which take effect together. Those that change nothing are left out. */
    public synchronized void apply(List<ObjectChange> changes) {
        final List<ObjectChange> effective = new ArrayList<>(changes.size());
        for (ObjectChange change : changes) {
            if (isEffective(change)) {
                effective.add(change);
            }
        }
        if (listener != null && !effective.isEmpty()) {
            listener.changed(effective);
        }
    }

    private boolean isEffective(ObjectChange change) {
        return switch (change) {
            case ObjectChange.Put put -> !put.object().equals(objects.put(put.key(), put.object()));
            case ObjectChange.Delete delete -> objects.remove(delete.key()) != null;
        };
    }

    @Override
    public synchronized void start(Listener newListener) {
        if (wasStarted) {
            throw new IllegalStateException("this source was started before");
        }
        wasStarted = true;
        listener = Objects.requireNonNull(newListener, "listener");
        if (!objects.isEmpty()) {
            newListener.changed(ObjectDiff.between(Map.of(), objects));
        }
        newListener.synced();
    }

    @Override
    public synchronized void close() {
        listener = null;
    }
}

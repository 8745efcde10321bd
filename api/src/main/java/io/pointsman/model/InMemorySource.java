package io.pointsman.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A source of objects that the embedding program puts and deletes itself. The objects present at start are the first
 * complete state; later calls deliver before they return, on the caller's thread. Thread-safe; the listener is called under
 * the source's lock, so it must not wait for another thread that calls this source.
 */
public final class InMemorySource implements ServiceSource {
    private final Map<ObjectKey, ClusterObject> objects = new TreeMap<>();
    private @Nullable Listener listener;
    private boolean wasStarted;

    private InMemorySource() {}

    /** Creates a source with these objects. */
    public static InMemorySource of(ClusterObject... objects) {
        final InMemorySource source = new InMemorySource();
        for (ClusterObject object : objects) {
            source.put(object);
        }
        return source;
    }

    /** Adds an object, or replaces the one of the same kind and name. */
    public void put(ClusterObject object) {
        apply(List.of(new ObjectChange.Put(object)));
    }

    /** Removes an object, if present. */
    public void delete(ClusterObject.Kind kind, ObjectName name) {
        apply(List.of(new ObjectChange.Delete(kind, name)));
    }

    /** Applies several changes, which take effect together. Changes without effect are not delivered. */
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
            throw new IllegalStateException("this source was already started");
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

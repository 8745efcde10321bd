package io.pointsman.model;

import java.util.List;
import java.util.Objects;

/** A source of Services, EndpointSlices and Nodes: a file, an API server, an embedding program. */
public interface ServiceSource extends AutoCloseable {
    /**
     * Delivers the current state, then every change to it, until closed. Called once. The listener is called from one thread
     * at a time.
     *
     * @throws ConfigException if the source can never deliver, for example because its file does not exist
     */
    void start(Listener listener) throws ConfigException;

    /** Stops delivering; after it returns the listener is not called any more. */
    @Override
    void close();

    /** Receiver of a source's changes. Must not block for long. */
    interface Listener {
        /** Takes changes that belong together, in order: one edit of a file, one event of a watch. */
        void changed(List<ObjectChange> changes);

        /** Says that the first complete state has been delivered: an object not delivered so far does not exist. */
        void synced();

        /** Takes all current problems of the source; an empty list if there are none any more. */
        void problems(List<Problem> problems);
    }

    /**
     * A part of a source that could not be used, or that is probably a mistake. The last good state of that part is kept.
     *
     * @param where file and line, or kind and name of the object
     * @param reason what is wrong, with the value, and what to do
     */
    record Problem(String where, Severity severity, String reason) {
        public Problem {
            Objects.requireNonNull(where, "where");
            Objects.requireNonNull(severity, "severity");
            Objects.requireNonNull(reason, "reason");
        }

        /** Creates an error: a part that could not be used. */
        public Problem(String where, String reason) {
            this(where, Severity.ERROR, reason);
        }

        @Override
        public String toString() {
            return where + ": " + reason;
        }
    }
}

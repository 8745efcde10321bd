package io.pointsman.model;

import java.util.List;
import java.util.Objects;

/** Where Services, EndpointSlices and Nodes come from: a file, an API server, an embedding program. */
public interface ServiceSource extends AutoCloseable {
    /**
     * Delivers the state there is, then every change to it, until closed. Called once. The listener is called from one
     * thread at a time.
     *
     * @throws ConfigException when the source can never deliver: no such file, say
     */
    void start(Listener listener) throws ConfigException;

    /** Stops delivering; when it returns the listener is not called any more. */
    @Override
    void close();

    /** Who a source delivers to. Must not block for long. */
    interface Listener {
        /** Changes that belong together, in order: one edit of a file, one event of a watch. */
        void changed(List<ObjectChange> changes);

        /** The first complete state has been delivered: from now on its absence means that an object does not exist. */
        void synced();

        /** Everything that is wrong with the source now; an empty list once all is well again. */
        void problems(List<Problem> problems);
    }

    /**
     * Something in a source that could not be used, or is hardly meant so. What was there before it went wrong is kept.
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

        /** Something that could not be used. */
        public Problem(String where, String reason) {
            this(where, Severity.ERROR, reason);
        }

        @Override
        public String toString() {
            return where + ": " + reason;
        }
    }
}

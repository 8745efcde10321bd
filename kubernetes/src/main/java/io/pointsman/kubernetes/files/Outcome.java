package io.pointsman.kubernetes.files;

import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectKey;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What became of one object of a manifest. */
sealed interface Outcome {
    /**
     * Read, and of use.
     *
     * @param warning what of it is not taken, or hardly meant so
     */
    record Taken(ClusterObject object, int line, Optional<String> warning) implements Outcome {}

    /** Refused, for a reason; without a key when its name can't be told. */
    record Refused(@Nullable ObjectKey key, String what, int line, String reason) implements Outcome {}

    /** Of a kind that a proxy has no use for. */
    record Ignored(String kind) implements Outcome {}

    /** Known, but of no use: a slice of host names. */
    record Useless() implements Outcome {}
}

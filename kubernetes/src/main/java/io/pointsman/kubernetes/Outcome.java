package io.pointsman.kubernetes;

import io.pointsman.model.ClusterObject;
import org.jspecify.annotations.Nullable;

/** What became of one object of a manifest. */
sealed interface Outcome {
    record Taken(ClusterObject object, int line) implements Outcome {}

    /** Refused, for a reason; without a key when its name can't be told. */
    record Refused(@Nullable ObjectKey key, String what, int line, String reason) implements Outcome {}

    /** Of a kind that a proxy has no use for. */
    record Ignored(String kind) implements Outcome {}

    /** Known, but of no use: a slice of host names. */
    record Useless() implements Outcome {}
}

package io.pointsman.kubernetes.files;

import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectKey;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Result of reading one object of a manifest. */
sealed interface Outcome {
    /**
     * A valid object.
     *
     * @param warning fields that are ignored, or probably a mistake
     */
    record Taken(ClusterObject object, int line, Optional<String> warning) implements Outcome {}

    /** An invalid object; without a key if its name is unknown. */
    record Refused(@Nullable ObjectKey key, String what, int line, String reason) implements Outcome {}

    /** An object of a kind that a proxy does not use. */
    record Ignored(String kind) implements Outcome {}

    /** A valid object that is never proxied: a slice of host names. */
    record Useless() implements Outcome {}
}

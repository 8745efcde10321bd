package io.pointsman.kubernetes.files;

import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectKey;
import io.pointsman.model.ServiceSource.Problem;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Content of one file.
 *
 * @param objects in the order of the file
 * @param refused objects in the file that are invalid
 * @param refusedUnnamed whether some refused object has no known name, so that it may be any object
 * @param ignoredKinds kinds of objects that a proxy does not use
 */
public record Manifest(
        Map<ObjectKey, Placed> objects,
        List<Problem> problems,
        Set<ObjectKey> refused,
        boolean refusedUnnamed,
        Set<String> ignoredKinds) {
    /** A manifest without objects. */
    public static final Manifest EMPTY = new Manifest(Map.of(), List.of(), Set.of(), false, Set.of());

    /** An object and the line it starts on. */
    public record Placed(ClusterObject object, int line) {}
}

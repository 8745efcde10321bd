package io.pointsman.kubernetes.files;

import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectKey;
import io.pointsman.model.ServiceSource.Problem;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one file says.
 *
 * @param objects in the order of the file
 * @param refused objects that are in the file and can't be used
 * @param refusedUnnamed whether some refused object can't even be told by name, so that it may be any
 * @param ignoredKinds kinds of objects that a proxy has no use for
 */
public record Manifest(
        Map<ObjectKey, Placed> objects,
        List<Problem> problems,
        Set<ObjectKey> refused,
        boolean refusedUnnamed,
        Set<String> ignoredKinds) {
    /** Nothing at all. */
    public static final Manifest EMPTY = new Manifest(Map.of(), List.of(), Set.of(), false, Set.of());

    /** An object and the line it starts on. */
    public record Placed(ClusterObject object, int line) {}
}

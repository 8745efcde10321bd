package io.pointsman.kubernetes.files;

import io.pointsman.kubernetes.files.Manifest.Placed;
import io.pointsman.model.ObjectKey;
import io.pointsman.model.ServiceSource.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * State of one file: its last good objects and its current problems. Immutable.
 *
 * @param stamp the file's stamp when it was read
 * @param wasRead whether it was ever read as a whole
 */
record FileState(
        FileStamp stamp,
        boolean wasRead,
        Map<ObjectKey, Placed> objects,
        List<Problem> problems,
        Set<String> ignoredKinds) {
    /** Creates the state of a file that was not read yet. */
    static FileState unread(FileStamp stamp) {
        return new FileState(stamp, false, Map.of(), List.of(), Set.of());
    }

    /** Returns the state after a successful read. An object that is refused now keeps its last good version. */
    FileState read(FileStamp newStamp, Manifest manifest) {
        final Map<ObjectKey, Placed> merged = new LinkedHashMap<>(manifest.objects());
        objects.forEach((key, before) -> {
            // an object without a known name may be any of them, so none counts as deleted
            if (manifest.refusedUnnamed() || manifest.refused().contains(key)) {
                merged.putIfAbsent(key, before);
            }
        });
        return new FileState(newStamp, true, merged, manifest.problems(), manifest.ignoredKinds());
    }

    /** Returns the state after a failed read: objects stay, and the reason is a problem. */
    FileState failed(FileStamp newStamp, String place, String reason) {
        final String consequence =
                objects.isEmpty() ? "; nothing is taken from it" : "; what was read from it before stays in force";
        return new FileState(
                newStamp, wasRead, objects, List.of(new Problem(place, reason + consequence)), ignoredKinds);
    }
}

package io.pointsman.kubernetes.files;

import io.pointsman.kubernetes.files.Manifest.Placed;
import io.pointsman.model.ObjectKey;
import io.pointsman.model.ServiceSource.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What holds of one file: its last good objects and what is wrong with it now. Immutable.
 *
 * @param stamp of the file as it was read
 * @param wasRead whether it could ever be read as a whole
 */
record FileState(
        FileStamp stamp,
        boolean wasRead,
        Map<ObjectKey, Placed> objects,
        List<Problem> problems,
        Set<String> ignoredKinds) {
    /** Of a file that was never looked at. */
    static FileState unread(FileStamp stamp) {
        return new FileState(stamp, false, Map.of(), List.of(), Set.of());
    }

    /** After a reading that worked. An object that is refused now keeps the version it had. */
    FileState read(FileStamp newStamp, Manifest manifest) {
        final Map<ObjectKey, Placed> merged = new LinkedHashMap<>(manifest.objects());
        objects.forEach((key, before) -> {
            // an object that can't be told by name may be any: then none is taken for deleted
            if (manifest.refusedUnnamed() || manifest.refused().contains(key)) {
                merged.putIfAbsent(key, before);
            }
        });
        return new FileState(newStamp, true, merged, manifest.problems(), manifest.ignoredKinds());
    }

    /** After a reading that failed: all stays as it was, and the reason is told. */
    FileState failed(FileStamp newStamp, String place, String reason) {
        final String consequence =
                objects.isEmpty() ? "; nothing is taken from it" : "; what was read from it before stays in force";
        return new FileState(
                newStamp, wasRead, objects, List.of(new Problem(place, reason + consequence)), ignoredKinds);
    }
}

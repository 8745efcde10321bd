package io.pointsman.kubernetes.files;

import io.pointsman.kubernetes.files.Manifest.Placed;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectDiff;
import io.pointsman.model.ObjectKey;
import io.pointsman.model.ServiceSource.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Files to one set of objects, and what became different since the last time. Not thread-safe. */
final class ManifestMerge {
    private Map<ObjectKey, ClusterObject> delivered = Map.of();
    private Map<ObjectKey, ClusterObject> current = Map.of();
    private List<Problem> problems = List.of();

    /** What is different from what was {@link #delivered} last. */
    List<ObjectChange> update(ManifestFiles files) {
        final Map<ObjectKey, ClusterObject> merged = new LinkedHashMap<>();
        final List<Problem> found = new ArrayList<>();
        if (files.folderProblem() != null) {
            found.add(files.folderProblem());
        }
        merge(files, merged, found);
        current = merged;
        problems = List.copyOf(found);
        return ObjectDiff.between(delivered, merged);
    }

    /** Says that the last changes have arrived. If they have not, the next ones contain them. */
    void delivered() {
        delivered = current;
    }

    /** The same object in two files stays that of the file first by name. */
    private static void merge(ManifestFiles files, Map<ObjectKey, ClusterObject> merged, List<Problem> found) {
        final Map<ObjectKey, String> places = new HashMap<>();
        final List<Path> names = files.files();
        final List<FileState> states = files.states();
        for (int i = 0; i < states.size(); i++) {
            final String file = names.get(i).toString();
            found.addAll(states.get(i).problems());
            for (Map.Entry<ObjectKey, Placed> entry : states.get(i).objects().entrySet()) {
                final Placed placed = entry.getValue();
                final String place = ManifestReport.place(file, placed.line());
                final String first = places.putIfAbsent(entry.getKey(), place);
                if (first == null) {
                    merged.put(entry.getKey(), placed.object());
                } else {
                    found.add(new Problem(
                            place + " " + entry.getKey(),
                            "is in " + first + " too, which stays in force; remove one of them"));
                }
            }
        }
    }

    /** All that is wrong now. */
    List<Problem> problems() {
        return problems;
    }
}

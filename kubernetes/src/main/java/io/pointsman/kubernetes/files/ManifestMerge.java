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

/** Merges files to one set of objects, and computes the changes since the last time. Not thread-safe. */
final class ManifestMerge {
    private Map<ObjectKey, ClusterObject> delivered = Map.of();
    private Map<ObjectKey, ClusterObject> current = Map.of();
    private List<Problem> problems = List.of();

    /** Returns the changes since the last {@link #delivered} state. */
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

    /** Confirms the last changes. Without this call the next ones contain them too. */
    void delivered() {
        delivered = current;
    }

    /** Merges objects. If two files contain the same object, the file first by name wins. */
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

    /** Returns all current problems. */
    List<Problem> problems() {
        return problems;
    }
}

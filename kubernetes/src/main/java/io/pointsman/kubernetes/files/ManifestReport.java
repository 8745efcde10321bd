package io.pointsman.kubernetes.files;

import io.pointsman.kubernetes.ManifestLimits;
import io.pointsman.kubernetes.UnreadableException;
import io.pointsman.model.ObjectKey;
import io.pointsman.model.ServiceSource.Problem;
import io.pointsman.model.Severity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Collects the results for a file's objects, and finds duplicates. Not thread-safe. */
final class ManifestReport {
    private static final int MAX_PROBLEMS = 100; // enough for a reader, and a hostile file could have millions

    private final String file;
    private final ManifestLimits limits;
    private final Map<ObjectKey, Manifest.Placed> objects = new LinkedHashMap<>();
    private final List<Problem> problems = new ArrayList<>();
    private final List<Problem> warnings = new ArrayList<>();
    private final Set<ObjectKey> refused = new LinkedHashSet<>();
    private final Set<String> ignoredKinds = new LinkedHashSet<>();
    private boolean refusedUnnamed;
    private int problemCount;

    ManifestReport(String file, ManifestLimits limits) {
        this.file = file;
        this.limits = limits;
    }

    void add(Outcome outcome) throws UnreadableException {
        switch (outcome) {
            case Outcome.Taken taken -> take(taken);
            case Outcome.Refused(var key, var what, var line, var reason) -> {
                report(line, what, reason);
                if (key == null) {
                    refusedUnnamed = true;
                } else {
                    refused.add(key);
                }
            }
            case Outcome.Ignored ignored -> ignore(ignored.kind());
            case Outcome.Useless useless -> {}
        }
    }

    private void take(Outcome.Taken taken) throws UnreadableException {
        final ObjectKey key = ObjectKey.of(taken.object());
        put(key, new Manifest.Placed(taken.object(), taken.line()));
        taken.warning().ifPresent(warning -> warn(taken.line(), key, warning));
    }

    private void put(ObjectKey key, Manifest.Placed placed) throws UnreadableException {
        final Manifest.Placed first = objects.putIfAbsent(key, placed);
        if (first != null) {
            report(
                    placed.line(),
                    key.toString(),
                    "is in this file already, in line " + first.line() + ", which stays in force; remove one of them");
        } else if (objects.size() > limits.objects()) {
            throw new UnreadableException(placed.line(), "more than " + limits.objects() + " objects; split the file");
        }
    }

    /** Adds what another report of the same file has collected. */
    void addAll(ManifestReport other) throws UnreadableException {
        for (Problem problem : other.problems) {
            add(problem);
        }
        problemCount += other.problemCount - other.problems.size();
        other.warnings.stream().limit(MAX_PROBLEMS - warnings.size()).forEach(warnings::add);
        for (Map.Entry<ObjectKey, Manifest.Placed> entry : other.objects.entrySet()) {
            put(entry.getKey(), entry.getValue());
        }
        refused.addAll(other.refused);
        refusedUnnamed |= other.refusedUnnamed;
        for (String kind : other.ignoredKinds) {
            ignore(kind);
        }
    }

    private void ignore(String kind) {
        if (ignoredKinds.size() < MAX_PROBLEMS) {
            ignoredKinds.add(kind);
        }
    }

    private void warn(int line, ObjectKey key, String reason) {
        if (warnings.size() < MAX_PROBLEMS) {
            warnings.add(new Problem(place(file, line) + " " + key, Severity.WARNING, reason));
        }
    }

    private void report(int line, String what, String reason) {
        add(new Problem(place(file, line) + " " + what, reason));
    }

    private void add(Problem problem) {
        if (problemCount++ < MAX_PROBLEMS) {
            problems.add(problem);
        }
    }

    /** Formats as {@code file:line}, or the file alone if the line is unknown. */
    static String place(String file, int line) {
        return line > 0 ? file + ":" + line : file;
    }

    Manifest finish() {
        if (problemCount > MAX_PROBLEMS) {
            problems.add(new Problem(file, (problemCount - MAX_PROBLEMS) + " more objects are refused"));
        }
        problems.addAll(warnings);
        return new Manifest(objects, List.copyOf(problems), refused, refusedUnnamed, ignoredKinds);
    }
}

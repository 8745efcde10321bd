package io.pointsman.kubernetes.files;

import io.pointsman.kubernetes.ManifestLimits;
import io.pointsman.kubernetes.UnreadableException;
import io.pointsman.model.ConfigException;
import io.pointsman.model.ServiceSource.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * State of all manifests; decides when to read them again. Files are read once they have not changed for a moment, so that a
 * half-written file is not read, and files that change together are read together. It never waits; the caller passes the
 * time. Not thread-safe.
 */
final class ManifestFiles {
    /** Time without a change before files are read. */
    static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Time without a change if a file is gone: many programs delete a file before they write it. */
    static final long QUIET_WHEN_GONE_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    /** Time after which files that keep changing are read all the same. */
    static final long MAX_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(600);

    private final ManifestPath manifests;
    private final ManifestLimits limits;
    private final Map<Path, FileState> states = new TreeMap<>();
    private @Nullable Problem folderProblem;

    private @Nullable Map<Path, FileStamp> lastSeen; // null: nothing is waiting to be read
    private long lastChangeNanos;
    private long waitingSinceNanos;

    /** @throws ConfigException if there is nothing that can be read */
    ManifestFiles(Path path, ManifestLimits limits) throws ConfigException {
        this.manifests = ManifestPath.of(path);
        this.limits = limits;
        try {
            read(manifests.scan(), true);
        } catch (IOException e) {
            throw new ConfigException("manifests " + path + ": " + Manifests.describe(e), e);
        }
    }

    Path folder() {
        return manifests.folder();
    }

    /**
     * Checks the files; true if some were read again, so that {@link #states} or {@link #folderProblem} may have changed.
     */
    boolean poll(long nowNanos) {
        final Map<Path, FileStamp> seen;
        try {
            seen = manifests.scan();
        } catch (IOException e) {
            final Problem problem = new Problem(
                    manifests.path().toString(), Manifests.describe(e) + "; what was read before stays in force");
            final boolean isNew = !problem.equals(folderProblem);
            folderProblem = problem;
            lastSeen = null;
            return isNew;
        }
        final boolean folderIsBack = folderProblem != null;
        folderProblem = null;
        if (seen.equals(stamps())) {
            lastSeen = null;
            return folderIsBack;
        }
        if (lastSeen == null) {
            waitingSinceNanos = nowNanos;
        }
        if (!seen.equals(lastSeen)) {
            lastSeen = seen;
            lastChangeNanos = nowNanos;
        }
        final boolean isOverdue = nowNanos - waitingSinceNanos >= MAX_WAIT_NANOS;
        if (nowNanos - lastChangeNanos < quietNanos(seen) && !isOverdue) {
            return folderIsBack;
        }
        return read(seen, isOverdue) || folderIsBack;
    }

    /** Whether a change is still to be read, so that the next check should come soon. */
    boolean isWaiting() {
        return lastSeen != null;
    }

    private long quietNanos(Map<Path, FileStamp> seen) {
        final boolean someGone = !seen.keySet().containsAll(states.keySet())
                || seen.values().stream().anyMatch(FileStamp::isMissing);
        return someGone ? QUIET_WHEN_GONE_NANOS : QUIET_NANOS;
    }

    private Map<Path, FileStamp> stamps() {
        final Map<Path, FileStamp> stamps = new LinkedHashMap<>();
        states.forEach((file, state) -> stamps.put(file, state.stamp()));
        return stamps;
    }

    private boolean read(Map<Path, FileStamp> seen, boolean evenIfMoving) {
        boolean changed = states.keySet().retainAll(seen.keySet());
        for (Map.Entry<Path, FileStamp> entry : seen.entrySet()) {
            final FileState before = states.get(entry.getKey());
            if (before == null || !before.stamp().equals(entry.getValue())) {
                final FileState after = readFile(
                        entry.getKey(), entry.getValue(), before == null ? FileState.unread(entry.getValue()) : before);
                if (evenIfMoving || FileStamp.of(entry.getKey()).equals(entry.getValue())) {
                    states.put(entry.getKey(), after);
                    changed = true;
                }
            }
        }
        return changed;
    }

    private FileState readFile(Path file, FileStamp stamp, FileState before) {
        try {
            final byte[] bytes = Manifests.bytes(file, limits);
            if (bytes.length == 0 && !before.objects().isEmpty()) {
                throw new UnreadableException(
                        0,
                        "is empty, as if half-written; delete the file, or put a comment into it, to remove its objects");
            }
            return before.read(stamp, ManifestParser.parse(file.toString(), bytes, limits));
        } catch (UnreadableException e) {
            return before.failed(
                    stamp, ManifestReport.place(file.toString(), e.line()), String.valueOf(e.getMessage()));
        }
    }

    /** Returns the state of each file, ordered by name. */
    List<FileState> states() {
        return new ArrayList<>(states.values());
    }

    /** Returns the files, in the order of {@link #states}. */
    List<Path> files() {
        return new ArrayList<>(states.keySet());
    }

    /** Returns a problem of the folder as a whole; null for none. */
    @Nullable
    Problem folderProblem() {
        return folderProblem;
    }
}

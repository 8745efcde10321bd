package io.pointsman.kubernetes.files;

import io.pointsman.kubernetes.ManifestLimits;
import io.pointsman.model.ConfigException;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ServiceSource;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A source of objects from manifests: a file, or the {@code .yaml}, {@code .yml} and {@code .json} files of a folder (no
 * subfolders or hidden files). A change takes effect within a second, whether a file is written in place, replaced, or
 * changed by a ConfigMap's links.
 *
 * <p>An invalid object keeps its last good version. So do all objects of a file that can't be parsed, is empty or can't be
 * read, or of a single file that is gone. A file removed from a folder removes its objects. If two files contain the same
 * object, the file first by name wins.
 *
 * <p>{@link #start} reads and delivers everything on its caller's thread before it returns; later changes come from one
 * daemon thread. {@code synced} waits until some file could be parsed, unless the folder has none: a syntax error at start
 * must not look like an empty cluster. Methods may be called from any thread.
 */
public final class ManifestSource implements ServiceSource {
    private static final Logger LOG = LoggerFactory.getLogger(ManifestSource.class);

    private static final long LOOK_MILLIS = 250;
    private static final long LOOK_AGAIN_MILLIS = 30;

    private final Path path;
    private final ManifestLimits limits;
    private final ChangeWatch watch = new ChangeWatch();
    private final ManifestMerge merge = new ManifestMerge();
    private final Set<String> loggedKinds = new HashSet<>();
    private List<Problem> reportedProblems = List.of();
    private boolean isSynced;
    private @Nullable Thread thread; // guarded by this
    private boolean wasStarted; // guarded by this

    public ManifestSource(Path path) {
        this(path, ManifestLimits.DEFAULT);
    }

    public ManifestSource(Path path, ManifestLimits limits) {
        this.path = Objects.requireNonNull(path, "path");
        this.limits = Objects.requireNonNull(limits, "limits");
    }

    @Override
    public void start(Listener listener) throws ConfigException {
        synchronized (this) {
            if (wasStarted) {
                throw new IllegalStateException("manifests " + path + ": was started before");
            }
            wasStarted = true;
        }
        final ManifestFiles files = new ManifestFiles(path, limits);
        deliver(files, listener);
        synchronized (this) {
            if (!watch.isClosed()) {
                thread =
                        Thread.ofPlatform().name("pointsman-manifests").daemon().start(() -> follow(files, listener));
            }
        }
    }

    private void follow(ManifestFiles files, Listener listener) {
        watch.watch(files.folder());
        try {
            while (!watch.isClosed()) {
                try {
                    if (files.poll(System.nanoTime()) && !watch.isClosed()) {
                        deliver(files, listener);
                    }
                } catch (RuntimeException e) {
                    LOG.error(
                            "manifests {}: a change could not be delivered; it will be together with the next one",
                            path,
                            e);
                }
                if (!files.isWaiting()) {
                    watch.await(LOOK_MILLIS);
                }
                watch.pause(LOOK_AGAIN_MILLIS); // one write is many events
            }
        } catch (InterruptedException e) {
            LOG.warn("manifests {}: interrupted, changes are not followed any more", path, e);
            Thread.currentThread().interrupt();
        }
    }

    private void deliver(ManifestFiles files, Listener listener) {
        final List<ObjectChange> changes = merge.update(files);
        final List<FileState> states = files.states();
        for (FileState state : states) {
            for (String kind : state.ignoredKinds()) {
                if (loggedKinds.add(kind)) {
                    LOG.info("manifests {}: objects of kind {} are ignored", path, kind);
                }
            }
        }
        if (!changes.isEmpty()) {
            listener.changed(changes);
        }
        merge.delivered();
        if (!merge.problems().equals(reportedProblems)) {
            reportedProblems = merge.problems();
            listener.problems(reportedProblems);
        }
        if (!isSynced && (states.isEmpty() || states.stream().anyMatch(FileState::wasRead))) {
            isSynced = true;
            listener.synced();
        }
    }

    /** Stops following. Waits for a delivery in progress, unless called from within it. */
    @Override
    public void close() {
        final Thread running;
        synchronized (this) {
            watch.close();
            running = thread;
        }
        if (running == null || running == Thread.currentThread()) {
            return;
        }
        boolean interrupted = false;
        while (running.isAlive()) {
            try {
                running.join();
            } catch (InterruptedException _) {
                interrupted = true; // first keep the promise that nothing is delivered afterwards
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

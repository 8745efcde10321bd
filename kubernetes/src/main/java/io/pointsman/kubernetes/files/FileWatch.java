package io.pointsman.kubernetes.files;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports changes of a file: written in place, replaced by another file, or a link in its path that points elsewhere (which
 * is how Kubernetes changes a mounted ConfigMap). Waits until the file has not changed for a moment, like {@link
 * ManifestSource}. Reports from its own thread; methods may be called from any thread.
 */
public final class FileWatch implements AutoCloseable {
    /**
     * Poll interval if the kernel reports nothing: a network drive, a link to another folder. Each poll wakes an idle node.
     */
    private static final long LOOK_MILLIS = 15_000;

    private static final long LOOK_AGAIN_MILLIS = 50;
    private static final Logger LOG = LoggerFactory.getLogger(FileWatch.class);

    private final Path file;
    private final Runnable changed;
    private final ChangeWatch watch = new ChangeWatch();
    private FileStamp told; // used by the thread only, once it runs
    private @Nullable FileStamp moving;
    private long movedNanos;
    private long movingSinceNanos;

    private FileWatch(Path file, Runnable changed) {
        this.file = Objects.requireNonNull(file, "file");
        this.changed = Objects.requireNonNull(changed, "changed");
        told = FileStamp.of(file);
    }

    /**
     * Starts watching a file.
     *
     * @param changed called once at the start, so that no change before it is missed, and after each change; by one
     *     thread
     */
    public static FileWatch start(Path file, Runnable changed) {
        final FileWatch started = new FileWatch(file.toAbsolutePath(), changed);
        Thread.ofPlatform().name("pointsman-file-watch").daemon().start(started::follow);
        return started;
    }

    private void follow() {
        final Path folder = file.getParent();
        if (folder != null) {
            watch.watch(folder);
        }
        tell();
        try {
            while (!watch.isClosed()) {
                look();
                if (moving == null) {
                    watch.await(LOOK_MILLIS);
                }
                watch.pause(LOOK_AGAIN_MILLIS);
            }
        } catch (InterruptedException e) {
            LOG.warn("{}: interrupted, changes are not followed any more", file, e);
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        final FileStamp now = FileStamp.of(file);
        final long nowNanos = System.nanoTime();
        if (now.equals(told)) {
            moving = null;
            return;
        }
        if (moving == null) {
            movingSinceNanos = nowNanos;
        }
        if (!now.equals(moving)) {
            moving = now;
            movedNanos = nowNanos;
        }
        final long quietNanos = now.isMissing() ? ManifestFiles.QUIET_WHEN_GONE_NANOS : ManifestFiles.QUIET_NANOS;
        if (nowNanos - movedNanos >= quietNanos || nowNanos - movingSinceNanos >= ManifestFiles.MAX_WAIT_NANOS) {
            told = now;
            moving = null;
            tell();
        }
    }

    private void tell() {
        try {
            changed.run();
        } catch (RuntimeException e) {
            LOG.error("{}: the callback of a change failed; the next change calls it again", file, e);
        }
    }

    /** Stops; a running callback ends by itself. */
    @Override
    public void close() {
        watch.close();
    }
}

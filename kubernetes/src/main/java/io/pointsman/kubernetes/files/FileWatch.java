package io.pointsman.kubernetes.files;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when a file has changed, as {@link ManifestSource} finds out: written in place, replaced by another, or a link, or a
 * folder above it that is one, leads elsewhere (how Kubernetes changes a mounted ConfigMap). It waits until the file has been
 * still for a moment. Tells from a thread of its own; methods may be called from any thread.
 */
public final class FileWatch implements AutoCloseable {
    /** Where the kernel tells nothing: a network drive, a link to another folder. Each look costs a node that is idle. */
    private static final long LOOK_MILLIS = 15_000;

    private static final long LOOK_AGAIN_MILLIS = 50;
    private static final Logger LOG = LoggerFactory.getLogger(FileWatch.class);

    private final Path file;
    private final Runnable changed;
    private final ChangeWatch watch = new ChangeWatch();
    private FileStamp told; // by the thread alone, once it runs
    private @Nullable FileStamp moving;
    private long movedNanos;
    private long movingSinceNanos;

    private FileWatch(Path file, Runnable changed) {
        this.file = Objects.requireNonNull(file, "file");
        this.changed = Objects.requireNonNull(changed, "changed");
        told = FileStamp.of(file);
    }

    /**
     * Watches a file from now on.
     *
     * @param changed called once at the start, so that no change before it is missed, and after each change; by one thread
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
            LOG.error("{}: a change was not taken; the next one will be", file, e);
        }
    }

    /** Stops; a call that is under way ends by itself. */
    @Override
    public void close() {
        watch.close();
    }
}

package io.pointsman.kubernetes.files;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for a folder to change. Kernel events (inotify) only speed this up: files behind links and on network drives change
 * without them, and the kernel may be out of watches. So the caller looks itself whenever this returns. One thread waits,
 * any thread may close.
 */
final class ChangeWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChangeWatch.class);

    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable WatchService watchService;

    /** Registers for kernel events; called once, by the thread that waits. */
    void watch(Path folder) {
        try {
            final WatchService service = folder.getFileSystem().newWatchService();
            watchService = service;
            if (isClosed()) {
                service.close(); // close() may have come too early to see it
            } else {
                register(folder, service);
            }
        } catch (ClosedWatchServiceException _) {
            // closed meanwhile: the next wait returns at once
        } catch (IOException e) {
            LOG.warn("no file events for {}, changes are found by polling: {}", folder, Manifests.describe(e));
        }
    }

    private static void register(Path folder, WatchService service) throws IOException {
        folder.register(
                service,
                StandardWatchEventKinds.ENTRY_CREATE,
                StandardWatchEventKinds.ENTRY_MODIFY,
                StandardWatchEventKinds.ENTRY_DELETE);
    }

    /** Returns if something may have changed, the time is up or the watch was closed. */
    void await(long millis) throws InterruptedException {
        final WatchService service = watchService;
        if (service == null) {
            pause(millis);
            return;
        }
        try {
            final WatchKey key = service.poll(millis, TimeUnit.MILLISECONDS);
            if (key != null) {
                key.pollEvents();
                if (!key.reset()) {
                    watchService = null; // the folder was deleted: from now on only polling helps
                    close(service);
                }
            }
        } catch (ClosedWatchServiceException _) {
            // closed: the caller will see it
        }
    }

    /** Returns if the time is up or the watch was closed, whatever changes. */
    void pause(long millis) throws InterruptedException {
        closed.await(millis, TimeUnit.MILLISECONDS);
    }

    boolean isClosed() {
        return closed.getCount() == 0;
    }

    @Override
    public void close() {
        closed.countDown();
        final WatchService service = watchService;
        if (service != null) {
            close(service);
        }
    }

    private static void close(WatchService service) {
        try {
            service.close();
        } catch (IOException e) {
            LOG.warn("file events: can't be closed: {}", Manifests.describe(e));
        }
    }
}

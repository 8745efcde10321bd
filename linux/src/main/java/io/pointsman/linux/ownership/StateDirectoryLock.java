package io.pointsman.linux.ownership;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.FileCalls;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Marks a state directory as used, for all who share it, in whatever network namespace or container they are: a lock
 * (flock(2)) on its file {@code at-work}. The kernel frees the lock when the process ends, however it ends, so it is never
 * stale; the file stays, and names its last holder. On a network file system it may hold on one machine only.
 *
 * <p>Any thread.
 */
public final class StateDirectoryLock implements AutoCloseable {
    private static final String FILE = "at-work";
    private static final Path NAMESPACE = Path.of("/proc/thread-self/ns/net");

    private final int fd;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private StateDirectoryLock(int fd) {
        this.fd = fd;
    }

    /** Takes a shared lock until closed; makes the folder if it is missing. Several processes may lock one folder. */
    public static StateDirectoryLock announce(Path folder) throws IOException {
        final StateFolder records = StateFolder.at(folder);
        records.create();
        final String who = "process " + ProcessHandle.current().pid() + " of network namespace "
                + Files.readSymbolicLink(NAMESPACE) + "\n";
        try (FileChannel channel = records.open(
                FILE, StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING)) {
            channel.write(StandardCharsets.UTF_8.encode(who));
        }
        final int fd = FileCalls.openPlainReadOnly(records.file(FILE).toString());
        try {
            FileCalls.lockShared(fd);
        } catch (KernelException e) {
            FileCalls.close(fd);
            throw e;
        }
        return new StateDirectoryLock(fd);
    }

    /**
     * Describes who has locked the folder: process id, as the process knows itself, and network namespace; empty for none.
     */
    public static Optional<String> of(Path folder) throws IOException {
        final Path file = StateFolder.at(folder).file(FILE);
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        final int fd = FileCalls.openPlainReadOnly(file.toString());
        try {
            FileCalls.tryLock(fd);
            return Optional.empty();
        } catch (KernelException e) {
            if (!e.is(Errno.EAGAIN)) {
                throw e;
            }
        } finally {
            FileCalls.close(fd); // which unlocks it
        }
        try {
            return Optional.of(
                    Files.readString(file, StandardCharsets.ISO_8859_1).strip());
        } catch (NoSuchFileException _) { // the folder was removed from under it
            return Optional.of("unknown process");
        }
    }

    /** Releases the lock. Does nothing if closed already. */
    @Override
    public void close() {
        if (isClosed.compareAndSet(false, true)) {
            FileCalls.close(fd);
        }
    }
}

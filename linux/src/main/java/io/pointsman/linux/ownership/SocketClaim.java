package io.pointsman.linux.ownership;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.FileCalls;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A listening Unix socket in a state directory, for its owner and root. Its holder has a lock (flock(2)) on the file next to
 * it, which the kernel frees when the process ends: a socket that a killed process left is replaced, one whose holder is
 * alive is not.
 *
 * <p>Any thread.
 */
public final class SocketClaim implements AutoCloseable {
    private static final String LOCK = ".lock";
    private static final String UNFINISHED = ".new";
    private static final int BACKLOG = 16;

    /** Maximum length of sun_path without its NUL (unix(7)). */
    private static final int MAX_PATH_BYTES = 107;

    private final StateFolder folder;
    private final String name;
    private final int lock;
    private final ServerSocketChannel channel;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private SocketClaim(StateFolder folder, String name, int lock, ServerSocketChannel channel) {
        this.folder = folder;
        this.name = name;
        this.lock = lock;
        this.channel = channel;
    }

    /**
     * Listens, in blocking mode; makes the folder if it is missing.
     *
     * @return empty if another process has the socket
     * @throws IOException also if others than its owner and root may change the folder, or if the path is too long
     */
    public static Optional<SocketClaim> take(Path records, String name) throws IOException {
        final StateFolder folder = StateFolder.at(records);
        final int bytes = folder.file(name + UNFINISHED).toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_PATH_BYTES) {
            throw new IOException("the path of a socket in " + records + " has " + bytes + " bytes, " + MAX_PATH_BYTES
                    + " are possible; give a shorter state-directory");
        }
        folder.create();
        folder.open(name + LOCK, StandardOpenOption.WRITE, StandardOpenOption.CREATE)
                .close();
        final int lock = FileCalls.openPlainReadOnly(folder.file(name + LOCK).toString());
        try {
            FileCalls.tryLock(lock);
            return Optional.of(new SocketClaim(folder, name, lock, listen(folder, name)));
        } catch (IOException | RuntimeException e) {
            FileCalls.close(lock);
            if (e instanceof KernelException refused && refused.is(Errno.EAGAIN)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Binds the socket under another name first: no client may find it before its mode is right. */
    private static ServerSocketChannel listen(StateFolder folder, String name) throws IOException {
        folder.delete(name + UNFINISHED);
        final Path unfinished = folder.file(name + UNFINISHED);
        final ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.bind(UnixDomainSocketAddress.of(unfinished), BACKLOG);
            Files.setPosixFilePermissions(unfinished, PosixFilePermissions.fromString("rw-------"));
            folder.rename(name + UNFINISHED, name);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Returns the channel that accepts clients; it is closed with the claim. */
    public ServerSocketChannel channel() {
        return channel;
    }

    /** Stops listening and removes the socket. Does nothing if closed already. */
    @Override
    public void close() throws IOException {
        if (isClosed.compareAndSet(false, true)) {
            try {
                channel.close();
                folder.delete(name);
            } finally {
                FileCalls.close(lock);
            }
        }
    }
}

package io.pointsman.linux.netns;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.FileCalls;
import io.pointsman.linux.libc.NamespaceCalls;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A network namespace, identified by a file. Immutable; keeps nothing open. Named ones are those of {@code ip netns}: mounts
 * under {@code /run/netns}.
 *
 * <p>A thread that entered a namespace passes it on to every thread and process it starts, including event loops and the
 * carriers of virtual threads if it is the first to need them. Start those before.
 */
public final class NetworkNamespace {
    private static final Path NAMED = Path.of("/run/netns");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,199}");
    /** Namespace of the calling thread. */
    static final NetworkNamespace OWN = new NetworkNamespace(Path.of("/proc/thread-self/ns/net"));

    private final Path file;

    private NetworkNamespace(Path file) {
        this.file = file;
    }

    /** Returns the namespace of this file. */
    public static NetworkNamespace at(Path file) {
        return new NetworkNamespace(Objects.requireNonNull(file, "file"));
    }

    /** Returns the namespace with this {@code ip netns} name, whether it exists or not. */
    public static NetworkNamespace named(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("\"" + name + "\" is no name for a network namespace: " + NAME);
        }
        return new NetworkNamespace(NAMED.resolve(name));
    }

    /** Returns the namespace of a process, more exactly of its first thread. */
    public static NetworkNamespace ofProcess(long pid) {
        return new NetworkNamespace(Path.of("/proc/" + pid + "/ns/net"));
    }

    /** Lists the names of the named namespaces; empty if the host never had any. */
    public static List<String> names() throws IOException {
        if (!Files.isDirectory(NAMED)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(NAMED)) {
            return files.map(path -> String.valueOf(path.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    /**
     * Creates a named namespace: empty, its loopback interface down. It lives until {@link #delete}.
     *
     * @throws KernelException {@code EEXIST} if one of that name exists, {@code EPERM} without CAP_SYS_ADMIN
     */
    public static NetworkNamespace create(String name) throws IOException {
        final NetworkNamespace created = named(name);
        final String tried = "making network namespace " + name;
        try {
            Files.createDirectories(NAMED);
            share();
            Files.createFile(created.file);
        } catch (FileAlreadyExistsException e) {
            throw failure(tried, Errno.EEXIST, e);
        } catch (AccessDeniedException e) {
            throw failure(tried, Errno.EACCES, e);
        } catch (KernelException e) {
            throw failure(tried, e.errno(), e);
        }
        try {
            HopThread.<@Nullable Void, KernelException>run("make " + name, () -> {
                NamespaceCalls.unshareNetwork();
                NamespaceCalls.bindMount(OWN.file.toString(), created.file.toString());
                return null;
            });
        } catch (KernelException e) {
            Files.deleteIfExists(created.file);
            throw e;
        }
        return created;
    }

    /**
     * Makes the folder a shared mount, unless it is one, as the first {@code ip netns add} of a host does (create_netns_dir
     * in iproute2's ip/ipnetns.c), which takes the same lock. If that ran after us, it would hide the existing mounts below
     * copies of them, and their names could no longer be removed.
     */
    private static void share() throws KernelException {
        final int folder = FileCalls.openReadOnly(NAMED.toString());
        try {
            FileCalls.lock(folder);
            try {
                NamespaceCalls.share(NAMED.toString());
            } catch (KernelException e) {
                if (!e.is(Errno.EINVAL)) {
                    throw e;
                }
                NamespaceCalls.makeMount(NAMED.toString());
                NamespaceCalls.share(NAMED.toString());
            }
        } finally {
            FileCalls.close(folder);
        }
    }

    private static KernelException failure(String tried, Errno errno, IOException cause) {
        final KernelException failure =
                new KernelException(tried, errno, "", "CAP_SYS_ADMIN and a " + NAMED + " that can be written to");
        failure.initCause(cause);
        return failure;
    }

    /** Returns the last part of the file's path: the name of a named namespace. */
    public String name() {
        return String.valueOf(file.getFileName());
    }

    public Path file() {
        return file;
    }

    /** Whether the namespace's file exists. */
    public boolean exists() {
        return Files.exists(file);
    }

    /** A task to run inside a namespace. */
    @FunctionalInterface
    public interface Task<T extends @Nullable Object, E extends Exception> {
        T call() throws E;
    }

    /**
     * Runs a task inside the namespace, on a new platform thread, and waits for it; takes about half a millisecond. Sockets
     * that it opens stay in the namespace and may be used by any thread afterwards.
     *
     * @throws KernelException when the namespace can't be entered
     * @throws E what the task threw
     */
    public <T extends @Nullable Object, E extends Exception> T call(Task<T, E> task) throws KernelException, E {
        return HopThread.run("in " + name(), () -> {
            enter();
            return task.call();
        });
    }

    /** Starts a platform thread inside the namespace that runs tasks one after another. */
    public NamespaceThread openThread(String threadName) throws KernelException {
        return NamespaceThread.open(this, threadName);
    }

    /** Moves the calling thread, which must be a platform thread created for this, into the namespace for good. */
    void enter() throws KernelException {
        final String tried = "entering network namespace " + file;
        final int fd = FileCalls.openReadOnly(file.toString());
        try {
            NamespaceCalls.enterNetwork(fd, tried);
        } finally {
            FileCalls.close(fd);
        }
    }

    /** Opens a file descriptor of the namespace, to identify it to the kernel; the caller closes it. */
    public NamespaceHandle openHandle() throws KernelException {
        return new NamespaceHandle(FileCalls.openReadOnly(file.toString()));
    }

    /**
     * Removes a namespace's name; the kernel removes the namespace, with all its interfaces, when the last thread, socket
     * and process has left it. Does nothing if there is none.
     */
    public void delete() throws IOException {
        if (!NAMED.equals(file.getParent())) {
            throw new IllegalStateException(file + " is not a named network namespace");
        }
        try {
            NamespaceCalls.unmount(file.toString());
        } catch (KernelException e) {
            // EINVAL: not a mount, left by a creator that died in between. ENOENT: gone already.
            if (!e.is(Errno.EINVAL) && !e.is(Errno.ENOENT)) {
                throw e;
            }
        }
        Files.deleteIfExists(file);
    }

    @Override
    public String toString() {
        return file.toString();
    }
}

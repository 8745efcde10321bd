package io.pointsman.linux.ownership;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.FileCalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Marks a network namespace as used by a worker: a socket with an abstract name (unix(7)). The name belongs to the
 * namespace, whatever container the worker runs in, and the kernel frees it when the process ends, however it ends; so it is
 * never stale, as a file may be. It takes no privilege, so it is a courtesy and no proof: any process may take such a name.
 *
 * <p>Any thread.
 */
public final class NamespaceMarker implements AutoCloseable {
    private static final Path SOCKETS = Path.of("/proc/thread-self/net/unix");
    private static final String PREFIX = "pointsman/";
    /** Line of the file: six columns, then the name; {@code @} stands for the zero byte at the start of abstract names. */
    private static final Pattern LINE = Pattern.compile("\\S+:(?: +\\S+){6} @" + PREFIX + "(.+)/([0-9]{1,10})/[0-9]+");

    private static final AtomicInteger ANNOUNCED = new AtomicInteger();

    private final int fd;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private NamespaceMarker(int fd) {
        this.fd = fd;
    }

    /**
     * Marks the network namespace of the calling thread until closed.
     *
     * @param who kind of worker, up to 80 characters; there may be several of one kind
     */
    public static NamespaceMarker announce(String who) throws KernelException {
        final String name = PREFIX + who + "/" + ProcessHandle.current().pid() + "/" + ANNOUNCED.incrementAndGet();
        return new NamespaceMarker(AbstractName.bindDatagram(name));
    }

    /**
     * Returns the ids of processes of this kind that mark the calling thread's network namespace, as they know themselves.
     */
    public static List<Long> of(String who) throws IOException {
        return Files.readAllLines(SOCKETS, StandardCharsets.ISO_8859_1).stream()
                .map(LINE::matcher)
                .filter(Matcher::matches)
                .filter(line -> line.group(1)
                        .equals(new String(who.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1)))
                .map(line -> Long.valueOf(line.group(2)))
                .distinct()
                .sorted()
                .toList();
    }

    /** Removes the mark. Does nothing if closed already. */
    @Override
    public void close() {
        if (isClosed.compareAndSet(false, true)) {
            FileCalls.close(fd);
        }
    }
}

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
 * Lets others in this network namespace know who is at work in it: a socket with an abstract name (unix(7)). The name is the
 * namespace's alone, in whichever container its owner runs, and the kernel takes it away with the process, however that
 * ends; so it is never stale, as a file may be. Takes no privilege, so it is a courtesy and no proof: any process may
 * give itself such a name.
 *
 * <p>Any thread.
 */
public final class NamespaceMarker implements AutoCloseable {
    private static final Path SOCKETS = Path.of("/proc/thread-self/net/unix");
    private static final String PREFIX = "pointsman/";
    /** Six columns, then the name; {@code @} stands for the zero that abstract ones begin with. */
    private static final Pattern LINE = Pattern.compile("\\S+:(?: +\\S+){6} @" + PREFIX + "(.+)/([0-9]{1,10})/[0-9]+");

    private static final AtomicInteger ANNOUNCED = new AtomicInteger();

    private final int fd;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private NamespaceMarker(int fd) {
        this.fd = fd;
    }

    /**
     * Makes it known until closed, in the network namespace of the thread that calls.
     *
     * @param who the kind of worker, up to 80 characters; there may be several of one kind
     */
    public static NamespaceMarker announce(String who) throws KernelException {
        final String name = PREFIX + who + "/" + ProcessHandle.current().pid() + "/" + ANNOUNCED.incrementAndGet();
        return new NamespaceMarker(AbstractName.bindDatagram(name));
    }

    /** The ids of the processes of this kind at work in the calling thread's network namespace, as they know themselves. */
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

    /** Takes it back. Calling it again does nothing. */
    @Override
    public void close() {
        if (isClosed.compareAndSet(false, true)) {
            FileCalls.close(fd);
        }
    }
}

package io.pointsman.linux.ownership;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.ProcessUser;
import io.pointsman.linux.libc.FileCalls;
import io.pointsman.linux.libc.SocketCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A claim that allows one worker of a kind in a network namespace: a listening socket with an abstract name (unix(7)), which
 * the kernel gives to one process at a time and frees when that ends. Any process may take a free name, so a holder that
 * runs as another user than root or this process's (SO_PEERCRED) does not count: it must not be able to keep a worker from
 * its work.
 *
 * <p>Any thread.
 */
public final class ModeClaim implements AutoCloseable {
    private static final String PREFIX = "pointsman-only/";
    private static final String ABOUT = "pointsman-about/";
    private static final Path SOCKETS = Path.of("/proc/thread-self/net/unix");
    /** Linux: socket(7). */
    private static final int SOL_SOCKET = 1;

    private static final int SO_PEERCRED = 17;
    private static final long CREDENTIALS_BYTES = 12;
    private static final int BACKLOG = 128;
    private static final int ROOT = 0;

    private final int about;
    private final Callers callers;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private ModeClaim(int about, Callers callers) {
        this.about = about;
        this.callers = callers;
    }

    /**
     * Process that holds a claim.
     *
     * @param pid as this process sees it; 0 if its process namespace does not show it
     * @param since start time of the process, if known
     * @param records its state directory, as the process itself says; long paths lack their start
     */
    public record Holder(long pid, int user, Optional<Instant> since, Optional<String> records) {
        /** Whether the holder's user is allowed to hold such a claim. */
        public boolean isTrusted() throws IOException {
            return user == ROOT || user == ProcessUser.current();
        }

        @Override
        public String toString() {
            return (pid == 0 ? "a process of another container" : "process " + pid)
                    + since.map(when -> ", since " + when.truncatedTo(ChronoUnit.SECONDS))
                            .orElse("")
                    + records.map(where -> ", state directory " + where).orElse("");
        }
    }

    /**
     * Takes the claim, in the calling thread's network namespace, until closed.
     *
     * @param kind up to 40 characters, which are bytes in UTF-8
     * @return empty if another process has the claim
     */
    public static Optional<ModeClaim> take(String kind, Path records) throws KernelException {
        final int fd = SocketCalls.socket(AbstractName.AF_UNIX, SocketCalls.SOCK_STREAM | SocketCalls.SOCK_NONBLOCK, 0);
        try (Arena arena = Arena.ofConfined()) {
            SocketCalls.bind(fd, AbstractName.address(PREFIX + kind, arena));
        } catch (KernelException | RuntimeException e) {
            FileCalls.close(fd);
            if (e instanceof KernelException refused && refused.is(Errno.EADDRINUSE)) {
                return Optional.empty();
            }
            throw e;
        }
        int about = -1;
        try {
            SocketCalls.listen(fd, BACKLOG);
            final String front = ABOUT + kind + "/" + ProcessHandle.current().pid() + "/";
            about = AbstractName.bindDatagram(
                    front + tail(records.toString(), AbstractName.MAX_BYTES - front.length()));
            return Optional.of(new ModeClaim(about, Callers.start(fd)));
        } catch (KernelException | RuntimeException e) {
            FileCalls.close(fd);
            if (about >= 0) {
                FileCalls.close(about);
            }
            throw e;
        }
    }

    private static String tail(String text, int maxBytes) {
        String tail = text;
        while (("…" + tail).getBytes(StandardCharsets.UTF_8).length > maxBytes) {
            tail = tail.substring(tail.offsetByCodePoints(0, 1));
        }
        return tail.length() == text.length() ? text : "…" + tail;
    }

    /** Returns the holder in the calling thread's network namespace; empty if there is none, or it can't be reached now. */
    public static Optional<Holder> of(String kind) throws IOException {
        final int fd = SocketCalls.socket(AbstractName.AF_UNIX, SocketCalls.SOCK_STREAM | SocketCalls.SOCK_NONBLOCK, 0);
        try (Arena arena = Arena.ofConfined()) {
            SocketCalls.connect(fd, AbstractName.address(PREFIX + kind, arena), "asking who is " + kind + " here");
            final MemorySegment credentials = arena.allocate(CREDENTIALS_BYTES, Integer.BYTES);
            SocketCalls.getOption(fd, SOL_SOCKET, SO_PEERCRED, credentials, "SO_PEERCRED");
            final long pid = credentials.get(ValueLayout.JAVA_INT, 0);
            return Optional.of(new Holder(
                    pid, credentials.get(ValueLayout.JAVA_INT, Integer.BYTES), since(pid), records(kind, pid)));
        } catch (KernelException e) {
            if (e.is(Errno.ECONNREFUSED) || e.is(Errno.EAGAIN)) {
                return Optional.empty();
            }
            throw e;
        } finally {
            FileCalls.close(fd);
        }
    }

    private static Optional<Instant> since(long pid) {
        return ProcessHandle.of(pid).flatMap(process -> process.info().startInstant());
    }

    /**
     * Returns the state directory of the process with this id. In another container it may know itself by another id: then
     * that of the first one found.
     */
    private static Optional<String> records(String kind, long pid) throws IOException {
        final Pattern pattern = Pattern.compile(".* @" + Pattern.quote(ABOUT + kind + "/") + "([0-9]+)/(.+)");
        final List<Matcher> found = Files.readString(SOCKETS, StandardCharsets.ISO_8859_1)
                .lines()
                .map(pattern::matcher)
                .filter(Matcher::matches)
                .toList();
        return found.stream()
                .filter(line -> line.group(1).equals(String.valueOf(pid)))
                .findFirst()
                .or(() -> found.stream().findFirst())
                .map(line -> new String(line.group(2).getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
    }

    /** Releases the claim. Does nothing if closed already. */
    @Override
    public void close() {
        if (isClosed.compareAndSet(false, true)) {
            FileCalls.close(about);
            callers.close();
        }
    }
}

package io.pointsman.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.BpfCalls;
import io.pointsman.linux.libc.CallState;
import io.pointsman.linux.libc.FileCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A program of type XDP in the kernel, which sees frames before the network stack does. It lives until it is closed here and
 * no interface runs it any more. One thread at a time.
 */
public final class BpfProgram implements AutoCloseable {
    private static final int TYPE_XDP = 6;
    private static final int ATTACH_XDP = 37;
    private static final int LIVE_FRAMES = 2; // BPF_F_TEST_XDP_LIVE_FRAMES
    private static final int LOG_BYTES = 1 << 20;
    private static final int LOG_LINES = 12; // from its end, where the reason is
    private static final int RETRIES = 5; // for EAGAIN: a signal interrupted the verifier

    private final String name;
    private final int fd;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment attributes = Attributes.allocate(arena);
    private final CallState state = new CallState(arena);
    private boolean closed;

    private BpfProgram(String name, int fd) {
        this.name = name;
        this.fd = fd;
    }

    /**
     * Loads the code of an {@link Assembler}.
     *
     * @param name shown in lists of programs: 1 to 15 letters, digits, '_' and '.'
     * @throws KernelException {@code EACCES} or {@code EINVAL}, with the end of the verifier's log, when it is not safe
     *     to run
     */
    public static BpfProgram load(String name, long[] code) throws KernelException {
        try (Arena temporary = Arena.ofConfined()) {
            final MemorySegment attributes = Attributes.allocate(temporary);
            attributes.set(JAVA_INT, 0, TYPE_XDP);
            attributes.set(JAVA_INT, 4, code.length);
            attributes.set(JAVA_LONG, 8, temporary.allocateFrom(JAVA_LONG, code).address());
            attributes.set(JAVA_LONG, 16, temporary.allocateFrom("GPL").address());
            Attributes.name(attributes, 48, name);
            attributes.set(JAVA_INT, 68, ATTACH_XDP);
            final CallState state = new CallState(temporary);
            int result = load(attributes, state);
            if (result >= 0) {
                return new BpfProgram(name, result);
            }
            final MemorySegment log = temporary.allocate(LOG_BYTES);
            attributes.set(JAVA_INT, 24, 1); // log level
            attributes.set(JAVA_INT, 28, LOG_BYTES);
            attributes.set(JAVA_LONG, 32, log.address());
            result = load(attributes, state);
            if (result >= 0) {
                return new BpfProgram(name, result);
            }
            throw new KernelException(
                    "loading BPF program " + name,
                    new Errno(-result),
                    end(log.getString(0)),
                    "CAP_BPF and CAP_NET_ADMIN, or a program that the verifier takes");
        }
    }

    private static int load(MemorySegment attributes, CallState state) {
        int result = BpfCalls.tryCall(Attributes.PROGRAM_LOAD, attributes, state);
        for (int i = 0; i < RETRIES && result == -Errno.EAGAIN.number(); i++) {
            result = BpfCalls.tryCall(Attributes.PROGRAM_LOAD, attributes, state);
        }
        return result;
    }

    private static String end(String log) {
        final List<String> lines = log.lines().toList();
        return String.join("; ", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    }

    /**
     * Makes an interface of the calling thread's network namespace run the program for each frame that arrives.
     *
     * @throws KernelException {@code EBUSY} when the interface runs another program; {@code EOPNOTSUPP} when its driver
     *     does not support the mode; {@code ERANGE} when its MTU is too large for a frame to lie in one page
     */
    public XdpLink attach(int linkIndex, XdpMode mode) throws KernelException {
        try (Arena temporary = Arena.ofConfined()) {
            final MemorySegment link = Attributes.allocate(temporary);
            link.set(JAVA_INT, 0, fd);
            link.set(JAVA_INT, 4, linkIndex);
            link.set(JAVA_INT, 8, ATTACH_XDP);
            link.set(JAVA_INT, 12, mode.flags());
            return new XdpLink(
                    BpfCalls.call(Attributes.LINK_CREATE, link, "attaching " + this + " to interface " + linkIndex));
        }
    }

    /**
     * Runs the program once with this frame, as if it had come from the loopback interface of the calling thread's network
     * namespace, and writes the frame back as the program left it. Allocates nothing.
     *
     * @param frame native memory, 14 bytes or more
     * @return the program's result
     */
    public int run(MemorySegment frame) throws KernelException {
        final MemorySegment all = attributes;
        all.set(JAVA_INT, 0, fd);
        all.set(JAVA_INT, 8, (int) frame.byteSize());
        all.set(JAVA_INT, 12, (int) frame.byteSize());
        all.set(JAVA_LONG, 16, frame.address());
        all.set(JAVA_LONG, 24, frame.address());
        final int result = BpfCalls.tryCall(Attributes.PROGRAM_RUN, all, state);
        if (result < 0) {
            throw new KernelException("running " + this, new Errno(-result));
        }
        return all.get(JAVA_INT, 4);
    }

    /** Runs the program once with a copy of these bytes, which stay unchanged. */
    public int run(byte[] frame) throws KernelException {
        try (Arena temporary = Arena.ofConfined()) {
            return run(temporary.allocateFrom(JAVA_BYTE, frame));
        }
    }

    /**
     * Runs the program many times with live copies of a frame: the kernel really sends what it redirects or passes, so this
     * generates packets. A copy starts as the previous one left its memory, so the program must write all of it each time.
     * Linux 5.18 and later.
     *
     * @param frame 14 bytes or more, at most about 3,500
     */
    public void runLive(byte[] frame, int times) throws KernelException {
        try (Arena temporary = Arena.ofConfined()) {
            final MemorySegment all = Attributes.allocate(temporary);
            final MemorySegment data = temporary.allocateFrom(JAVA_BYTE, frame);
            all.set(JAVA_INT, 0, fd);
            all.set(JAVA_INT, 8, frame.length);
            all.set(JAVA_LONG, 16, data.address());
            all.set(JAVA_INT, 32, times);
            all.set(JAVA_INT, 64, LIVE_FRAMES);
            final int _ = BpfCalls.call(Attributes.PROGRAM_RUN, all, "running " + this + " with live frames");
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            FileCalls.close(fd);
            arena.close();
        }
    }

    @Override
    public String toString() {
        return "BPF program " + name;
    }
}

package io.pointsman.linux.netlink;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.DatagramRing;
import io.pointsman.linux.libc.FileCalls;
import io.pointsman.linux.libc.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A conversation with one part of the kernel, in the network namespace of the thread that opened it; afterwards any thread
 * may use it, one at a time. Requests are answered before their method returns.
 *
 * <p>{@link #close} may come from any thread and ends a {@link #receive} at work; closed, every method throws.
 */
public final class NetlinkSocket implements AutoCloseable {
    private static final int AF_NETLINK = 16;
    private static final int SOL_SOCKET = 1;
    private static final int SO_SNDBUF = 7;
    private static final int SO_SNDBUFFORCE = 32;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_ADD_MEMBERSHIP = 1;
    private static final int NETLINK_CAP_ACK = 10;
    private static final int NETLINK_EXT_ACK = 11;
    private static final int NETLINK_GET_STRICT_CHK = 12;
    private static final int SOCKADDR_BYTES = 12;
    private static final int SEND_BYTES = 16 << 10;
    private static final int RECEIVE_BYTES = 128 << 10; // the kernel builds dumps in pieces of at most 32 KiB
    private static final int OBJECT_BYTES =
            8 << 10; // NLMSG_GOODSIZE (include/linux/netlink.h), of an answer that is one object
    private static final int ANSWER_MILLIS = 10_000;
    private static final int DUMP_TRIES = 10;
    private static final int BACKLOG_LIMIT = 10_000;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment receiveBuffer = arena.allocate(RECEIVE_BYTES, Long.BYTES);
    private final MemorySegment sender = arena.allocate(SOCKADDR_BYTES, Integer.BYTES);
    private final MessageWriter writer = new MessageWriter(arena.allocate(SEND_BYTES, Long.BYTES));
    private final int fd;
    private final int closeSignal;
    private final AtomicBoolean closed = new AtomicBoolean();
    private @Nullable DatagramRing ring;
    private int sequence;
    private int sendBufferBytes = 64 << 10; // a datagram of this size fits into what every host gives

    private NetlinkSocket(int fd, int closeSignal) {
        this.fd = fd;
        this.closeSignal = closeSignal;
    }

    /** Opens a socket in the calling thread's network namespace. */
    public static NetlinkSocket open(NetlinkProtocol protocol) throws KernelException {
        final int closeSignal = FileCalls.eventFd();
        final int fd;
        try {
            fd = SocketCalls.socket(AF_NETLINK, SocketCalls.SOCK_RAW, protocol.number());
        } catch (KernelException e) {
            FileCalls.close(closeSignal);
            throw e;
        }
        final NetlinkSocket socket = new NetlinkSocket(fd, closeSignal);
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment address = arena.allocate(SOCKADDR_BYTES, Integer.BYTES);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_NETLINK);
            SocketCalls.bind(fd, address);
            socket.tryOption(NETLINK_CAP_ACK, "NETLINK_CAP_ACK");
            socket.tryOption(NETLINK_EXT_ACK, "NETLINK_EXT_ACK");
            socket.tryOption(NETLINK_GET_STRICT_CHK, "NETLINK_GET_STRICT_CHK");
        } catch (KernelException e) {
            socket.close();
            throw e;
        }
        return socket;
    }

    /** Older kernels lack some; without them errors say less and dumps are filtered here instead. */
    private void tryOption(int option, String name) throws KernelException {
        try {
            SocketCalls.setOption(fd, SOL_NETLINK, option, 1, name);
        } catch (KernelException e) {
            if (!e.is(Errno.ENOPROTOOPT)) {
                throw e;
            }
        }
    }

    /** Starts a request in this socket's only writer. */
    public MessageWriter request(int type, int flags) {
        return writer.begin(type, flags);
    }

    /**
     * Sends the request and waits for its acknowledgement.
     *
     * @param tried what to say when it fails: {@code "adding 10.0.0.1/24 to eth0"}
     */
    public synchronized void execute(String tried) throws KernelException {
        send(MessageWriter.FLAG_ACK, tried);
        converse(tried, _ -> {});
    }

    /**
     * Sends a batch and waits until all of it is done.
     *
     * @param failures hears of each request that failed, in their order
     * @throws KernelException when the conversation failed, and which requests were carried out is not known
     */
    public synchronized void execute(NetlinkBatch batch, NetlinkBatch.Outcome failures) throws KernelException {
        if (batch.isEmpty()) {
            return;
        }
        requireOpen();
        final int first = sequence + 1;
        sequence += batch.size();
        final int last = sequence;
        SocketCalls.send(fd, batch.finish(first), 0, MemorySegment.NULL, batch.tried(0));
        answers(batch.tried(batch.size() - 1), message -> {
            final int index = message.sequence() - first;
            if (index < 0 || index >= batch.size() || message.type() != NetlinkMessage.TYPE_ERROR) {
                return false; // the rest of an answer that was given up
            }
            if (message.errorNumber() > 0) {
                failures.failed(
                        index,
                        new KernelException(batch.tried(index), new Errno(message.errorNumber()), message.errorText()));
            }
            return message.sequence() == last;
        });
    }

    /** What the kernel refused of a transaction. */
    public interface Refusals {
        /**
         * Tells of one message.
         *
         * @param message its sequence number as it was given
         * @param attributeAt where in the message the attribute begins that the kernel complains of; 0 for none
         */
        void refused(int message, int attributeAt, KernelException failure);
    }

    /**
     * Sends messages as one datagram, which the kernel carries out before the call that sends it returns, and reads what it
     * had to say. The send buffer grows to hold it, as far as the host lets it.
     *
     * @param requests messages, numbered by the caller from 0 on in their sequence
     * @param acknowledged the number of the message that asks for an acknowledgement
     * @param refusals hears of each that failed, in their order
     * @return whether that message was acknowledged
     * @throws KernelException {@code EMSGSIZE} when it is larger than the send buffer may be
     */
    public synchronized boolean transact(byte[] requests, int length, int acknowledged, String tried, Refusals refusals)
            throws KernelException {
        requireOpen();
        final int first = sequence + 1;
        try (Arena shortLived = Arena.ofConfined()) {
            final MemorySegment datagram = shortLived.allocate(length, Long.BYTES);
            MemorySegment.copy(requests, 0, datagram, ValueLayout.JAVA_BYTE, 0, length);
            sequence += MessageWriter.renumber(datagram, first);
            growSendBuffer(length);
            SocketCalls.send(fd, datagram, 0, MemorySegment.NULL, tried);
        } catch (KernelException e) {
            throw e.is(Errno.EMSGSIZE) ? new KernelException(tried, Errno.EMSGSIZE, tooLong(length)) : e;
        }
        return outcome(first, acknowledged, tried, refusals);
    }

    /** Reads all that is there: when a refusal found no room, what came before it still tells enough. */
    private boolean outcome(int first, int acknowledged, String tried, Refusals refusals) throws KernelException {
        final boolean[] isDone = {false};
        for (int overruns = 0; overruns < 2; ) {
            final long length;
            try {
                length = receiveDatagram(tried);
            } catch (KernelException e) {
                if (!e.is(Errno.ENOBUFS)) {
                    throw e;
                }
                overruns++;
                continue;
            }
            if (length == 0) {
                break;
            }
            readAll(receiveBuffer.asSlice(0, length), tried, message -> {
                final int index = message.sequence() - first;
                if (index < 0 || message.type() != NetlinkMessage.TYPE_ERROR) {
                    return false; // the rest of an answer that was given up
                }
                if (message.errorNumber() == 0) {
                    isDone[0] |= index == acknowledged;
                } else {
                    final Errno errno = new Errno(message.errorNumber());
                    refusals.refused(
                            index, message.errorAttributeAt(), new KernelException(tried, errno, message.errorText()));
                }
                return false;
            });
        }
        return isDone[0];
    }

    private static String tooLong(int length) {
        return "it has " + length
                + " bytes; outside the first user namespace twice net.core.wmem_max is the most: raise"
                + " that, or send less at a time";
    }

    private void growSendBuffer(int length) throws KernelException {
        if (length <= sendBufferBytes) {
            return;
        }
        try {
            SocketCalls.setOption(fd, SOL_SOCKET, SO_SNDBUFFORCE, length, "SO_SNDBUFFORCE");
        } catch (KernelException e) {
            if (!e.is(Errno.EPERM)) {
                throw e;
            }
            SocketCalls.setOption(fd, SOL_SOCKET, SO_SNDBUF, length, "SO_SNDBUF"); // as far as net.core.wmem_max
        }
        sendBufferBytes = length;
    }

    /** Sends the request for one object and returns what is made of the answer; empty when there was only an acknowledgement. */
    public synchronized <T> Optional<T> query(String tried, Function<NetlinkMessage, T> reader) throws KernelException {
        final List<T> answers = new ArrayList<>(1);
        send(MessageWriter.FLAG_ACK, tried);
        converse(tried, message -> answers.add(reader.apply(message)));
        return answers.stream().findFirst();
    }

    /**
     * Sends the request for several objects and hands each answer on; an answer has at most 8 KiB.
     *
     * @throws KernelException when the kernel went no further; what it had answered before was handed on
     */
    public synchronized void queryEach(String tried, Consumer<NetlinkMessage> each) throws KernelException {
        send(MessageWriter.FLAG_ACK, tried);
        final AnswerReader reader = reader(tried, each);
        final DatagramRing answers = ring();
        final long deadlineNanos = System.nanoTime() + ANSWER_MILLIS * 1_000_000L;
        while (true) {
            final int received = answers.receive(fd, tried);
            for (int i = 0; i < received; i++) {
                if (isFromKernel(answers.sender(i)) && readAll(answers.datagram(i), tried, reader)) {
                    return;
                }
            }
            if (received == 0) {
                awaitAnswer(deadlineNanos, tried);
            }
        }
    }

    private DatagramRing ring() {
        DatagramRing made = ring;
        if (made == null) {
            made = new DatagramRing(arena, OBJECT_BYTES);
            ring = made;
        }
        return made;
    }

    /**
     * Sends the request as a dump and returns what is made of each object, nulls left out. A dump that the kernel says was
     * torn by a change is repeated.
     *
     * @throws KernelException {@code EAGAIN} when it was torn each time
     */
    public synchronized <T> List<T> dump(String tried, Function<NetlinkMessage, Optional<T>> reader)
            throws KernelException {
        for (int i = 0; i < DUMP_TRIES; i++) {
            final List<T> found = new ArrayList<>();
            send(MessageWriter.FLAG_DUMP, tried);
            try {
                if (converse(tried, message -> reader.apply(message).ifPresent(found::add))) {
                    return found;
                }
            } catch (RuntimeException e) {
                drain(); // the reader gave up; the kernel refuses another dump while this one goes on
                throw e;
            } catch (KernelException e) {
                // Ours is the only reader, so an overrun leaves a dump without its end: what is queued is of no use.
                drain();
                if (!e.is(Errno.ENOBUFS)) {
                    throw e;
                }
            }
        }
        throw new KernelException(tried, Errno.EAGAIN, "changed during each of " + DUMP_TRIES + " dumps");
    }

    /** Sends the request as a dump that is read by {@link #more}; nothing else may be asked for before its end. */
    public synchronized void beginDump(String tried) throws KernelException {
        send(MessageWriter.FLAG_DUMP, tried);
    }

    /**
     * Hands on the next few objects of a dump. The kernel looks them up as they are read, so what changes meanwhile may be
     * missed, or come twice.
     *
     * @return false when there are no more
     */
    public synchronized boolean more(String tried, Consumer<NetlinkMessage> each) throws KernelException {
        requireOpen();
        final long deadlineNanos = System.nanoTime() + ANSWER_MILLIS * 1_000_000L;
        return !read(tried, deadlineNanos, reader(tried, each));
    }

    private void send(int moreFlags, String tried) throws KernelException {
        requireOpen();
        sequence++;
        SocketCalls.send(fd, writer.finish(sequence, moreFlags), 0, MemorySegment.NULL, tried);
    }

    /** Reads answers up to the acknowledgement or the end of the dump; false when a dump was torn. */
    private boolean converse(String tried, Consumer<NetlinkMessage> each) throws KernelException {
        final boolean[] intact = {true};
        final AnswerReader reader = reader(tried, each);
        answers(tried, message -> {
            intact[0] &= message.sequence() != sequence || !message.hasFlag(NetlinkMessage.FLAG_DUMP_INTERRUPTED);
            return reader.read(message);
        });
        return intact[0];
    }

    /** Hands answers to the request sent last on, up to its acknowledgement or the end of the dump. */
    private AnswerReader reader(String tried, Consumer<NetlinkMessage> each) {
        return message -> {
            if (message.sequence() != sequence) {
                return false; // the rest of an answer that was given up
            }
            if (message.type() == NetlinkMessage.TYPE_ERROR || message.type() == NetlinkMessage.TYPE_DONE) {
                if (message.errorNumber() > 0) {
                    throw new KernelException(tried, new Errno(message.errorNumber()), message.errorText());
                }
                return true;
            }
            each.accept(message);
            return false;
        };
    }

    /** Takes an answer; says whether it was the last. */
    private interface AnswerReader {
        boolean read(NetlinkMessage message) throws KernelException;
    }

    /** Reads what the kernel answers, until the reader has enough. */
    private void answers(String tried, AnswerReader reader) throws KernelException {
        final long deadlineNanos = System.nanoTime() + ANSWER_MILLIS * 1_000_000L;
        boolean isEnough = false;
        while (!isEnough) {
            isEnough = read(tried, deadlineNanos, reader);
        }
    }

    /** Reads one datagram of answers; whether the reader has enough. */
    private boolean read(String tried, long deadlineNanos, AnswerReader reader) throws KernelException {
        long length = receiveDatagram(tried); // mostly it is there: the kernel answers before the request returns
        while (length == 0) {
            awaitAnswer(deadlineNanos, tried);
            length = receiveDatagram(tried);
        }
        return readAll(receiveBuffer.asSlice(0, length), tried, reader);
    }

    private void awaitAnswer(long deadlineNanos, String tried) throws KernelException {
        final int millisLeft = (int) Math.max(0, (deadlineNanos - System.nanoTime()) / 1_000_000);
        final int ready = FileCalls.poll(millisLeft, closeSignal, fd);
        requireOpen();
        if (ready < 0 && System.nanoTime() >= deadlineNanos) {
            throw new KernelException(tried, Errno.ETIMEDOUT, "the kernel did not answer within 10 s");
        }
    }

    /** Whether the reader has enough with this datagram. */
    private static boolean readAll(MemorySegment datagram, String tried, AnswerReader reader) throws KernelException {
        for (long at = 0; at + MessageWriter.HEADER_BYTES <= datagram.byteSize(); ) {
            final long messageBytes = messageLength(datagram, at, tried);
            if (reader.read(new NetlinkMessage(datagram.asSlice(at, messageBytes)))) {
                return true;
            }
            at += (messageBytes + 3) & ~3;
        }
        return false;
    }

    private static long messageLength(MemorySegment datagram, long at, String tried) throws KernelException {
        final long messageBytes = Integer.toUnsignedLong(datagram.get(ValueLayout.JAVA_INT_UNALIGNED, at));
        if (messageBytes < MessageWriter.HEADER_BYTES || at + messageBytes > datagram.byteSize()) {
            throw new KernelException(
                    tried,
                    Errno.EPROTO,
                    "a message of " + messageBytes + " bytes at " + at + " of " + datagram.byteSize());
        }
        return messageBytes;
    }

    /** The length of the next datagram from the kernel; 0 for one from elsewhere, which is dropped. */
    private long receiveDatagram(String tried) throws KernelException {
        final long length;
        try {
            length = SocketCalls.receive(
                    fd, receiveBuffer, SocketCalls.MSG_TRUNC | SocketCalls.MSG_DONTWAIT, sender, tried);
        } catch (KernelException e) {
            if (e.is(Errno.EAGAIN)) {
                return 0;
            }
            throw e;
        }
        if (length > RECEIVE_BYTES) {
            throw new KernelException(tried, Errno.EMSGSIZE, "an answer of " + length + " bytes");
        }
        return isFromKernel(sender) ? length : 0;
    }

    /** By the netlink port of the address. */
    private static boolean isFromKernel(MemorySegment address) {
        return address.get(ValueLayout.JAVA_INT, 4) == 0;
    }

    private void drain() throws KernelException {
        for (int i = 0; i < BACKLOG_LIMIT && FileCalls.poll(0, fd) == 0; i++) {
            try {
                receiveDatagram("draining");
            } catch (KernelException e) {
                if (!e.is(Errno.ENOBUFS)) {
                    throw e;
                }
            }
        }
    }

    /**
     * Joins a group of events, to be read with {@link #receive}. A socket that listens makes no requests.
     *
     * @param bufferBytes how much the kernel may queue; cut to the host's limit without CAP_NET_ADMIN
     */
    public synchronized void subscribe(int group, int bufferBytes, String tried) throws KernelException {
        requireOpen();
        try {
            SocketCalls.setOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, bufferBytes, "SO_RCVBUFFORCE");
        } catch (KernelException e) {
            if (!e.is(Errno.EPERM)) {
                throw e;
            }
        }
        SocketCalls.setOption(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group, tried);
    }

    /** What {@link #receive} came to. */
    public enum Received {
        EVENTS,
        /** Nothing within the time. */
        NOTHING,
        /** Events were lost: the reader is too slow, or the buffer too small. */
        OVERRUN,
        CLOSED
    }

    /** Waits for events and hands them on, in order. */
    public synchronized Received receive(int timeoutMillis, Consumer<NetlinkMessage> each) throws KernelException {
        if (closed.get()) {
            return Received.CLOSED;
        }
        final int ready = FileCalls.poll(timeoutMillis, closeSignal, fd);
        if (closed.get()) {
            return Received.CLOSED;
        }
        if (ready < 0) {
            return Received.NOTHING;
        }
        final long length;
        try {
            length = receiveDatagram("receiving events");
        } catch (KernelException e) {
            if (e.is(Errno.ENOBUFS)) {
                return Received.OVERRUN;
            }
            throw e;
        }
        readAll(receiveBuffer.asSlice(0, length), "receiving events", message -> {
            each.accept(message);
            return false;
        });
        return length > 0 ? Received.EVENTS : Received.NOTHING;
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the netlink socket is closed");
        }
    }

    /** Wakes a reader, waits for it to leave, then frees the socket. Called again it does nothing. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            try {
                FileCalls.signal(closeSignal);
            } catch (KernelException e) {
                throw new IllegalStateException("can't wake the reader of a netlink socket", e);
            }
            release();
        }
    }

    private synchronized void release() {
        FileCalls.close(fd);
        FileCalls.close(closeSignal);
        arena.close();
    }
}

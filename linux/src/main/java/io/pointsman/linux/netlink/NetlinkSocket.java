package io.pointsman.linux.netlink;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A netlink socket to one part of the kernel, in the network namespace of the thread that opens it; afterwards any thread
 * may use it, one at a time. Each method that sends a request also waits for its reply.
 *
 * <p>{@link #close} may be called from any thread and ends a running {@link #receive}; once closed, every method throws.
 */
public final class NetlinkSocket implements AutoCloseable {
    private static final int SEND_BYTES = 16 << 10;
    private static final int ANSWER_MILLIS = 10_000;
    private static final int DUMP_TRIES = 10;

    private final NetlinkChannel channel;
    private final MessageWriter writer;
    private int sequence;

    private NetlinkSocket(NetlinkChannel channel) {
        this.channel = channel;
        this.writer = new MessageWriter(channel.allocate(SEND_BYTES));
    }

    /** Opens a socket in the calling thread's network namespace. */
    public static NetlinkSocket open(NetlinkProtocol protocol) throws KernelException {
        return new NetlinkSocket(NetlinkChannel.open(protocol));
    }

    /** Starts a request in this socket's single writer. */
    public MessageWriter request(int type, int flags) {
        return writer.begin(type, flags);
    }

    /**
     * Sends the request and waits for its acknowledgement.
     *
     * @param tried the attempt, for the message of a failure: {@code "adding 10.0.0.1/24 to eth0"}
     */
    public synchronized void execute(String tried) throws KernelException {
        send(MessageWriter.FLAG_ACK, tried);
        converse(tried, _ -> {});
    }

    /**
     * Sends a batch and waits until all of it is done.
     *
     * @param failures receives each request that failed, in order
     * @throws KernelException when communication failed; which requests took effect is then unknown
     */
    public synchronized void execute(NetlinkBatch batch, NetlinkBatch.Outcome failures) throws KernelException {
        if (batch.isEmpty()) {
            return;
        }
        answers(batch.tried(batch.size() - 1), answersTo(batch, failures, _ -> {}));
    }

    /**
     * Sends a batch of requests for one object each and hands each answer on; one has at most 8 KiB.
     *
     * @param failures hears of each request that failed, in their order
     * @throws KernelException when the conversation failed; what the kernel had answered before was handed on
     */
    public synchronized void queryEach(NetlinkBatch batch, NetlinkBatch.Outcome failures, Consumer<NetlinkMessage> each)
            throws KernelException {
        if (!batch.isEmpty()) {
            manyAnswers(batch.tried(batch.size() - 1), answersTo(batch, failures, each));
        }
    }

    /** Sends a batch; reads what is answered, up to its end. */
    private NetlinkChannel.Reader answersTo(
            NetlinkBatch batch, NetlinkBatch.Outcome failures, Consumer<NetlinkMessage> each) throws KernelException {
        final int first = sequence + 1;
        sequence += batch.size();
        final int last = sequence;
        channel.send(batch.finish(first), batch.tried(0));
        return message -> {
            final int index = message.sequence() - first;
            if (index < 0 || index >= batch.size()) {
                return false; // the rest of an answer that was given up
            }
            if (message.type() != NetlinkMessage.TYPE_ERROR) {
                each.accept(message);
                return false;
            }
            if (message.errorNumber() > 0) {
                failures.failed(
                        index,
                        new KernelException(batch.tried(index), new Errno(message.errorNumber()), message.errorText()));
            }
            return message.sequence() == last;
        };
    }

    /** Receives the refusals of a transaction. */
    public interface Refusals {
        /**
         * Reports a refused message.
         *
         * @param message its sequence number as given
         * @param attributeAt offset in the message of the attribute that the kernel rejected; 0 for none
         */
        void refused(int message, int attributeAt, KernelException failure);
    }

    /**
     * Sends messages as one datagram, which the kernel processes before the send returns, and reads its replies. The send
     * buffer grows to hold the datagram, up to the host's limit.
     *
     * @param requests messages with consecutive sequence numbers from 0
     * @param acknowledged number of the message that requests an acknowledgement
     * @param refusals receives each message that failed, in order
     * @return whether that message was acknowledged
     * @throws KernelException {@code EMSGSIZE} when the datagram is larger than the send buffer may be
     */
    public synchronized boolean transact(byte[] requests, int length, int acknowledged, String tried, Refusals refusals)
            throws KernelException {
        channel.requireOpen();
        final int first = sequence + 1;
        try (Arena shortLived = Arena.ofConfined()) {
            final MemorySegment datagram = shortLived.allocate(length, Long.BYTES);
            MemorySegment.copy(requests, 0, datagram, ValueLayout.JAVA_BYTE, 0, length);
            sequence += MessageWriter.renumber(datagram, first);
            channel.growSendBuffer(length);
            channel.send(datagram, tried);
        } catch (KernelException e) {
            throw e.is(Errno.EMSGSIZE) ? new KernelException(tried, Errno.EMSGSIZE, tooLong(length)) : e;
        }
        return outcome(first, acknowledged, tried, refusals);
    }

    private static String tooLong(int length) {
        return "it has " + length
                + " bytes; outside the first user namespace twice net.core.wmem_max is the most: raise"
                + " that, or send less at a time";
    }

    /**
     * Reads all available replies: if one found no room, those before it are still useful. Returns whether the
     * acknowledgement came.
     */
    private boolean outcome(int first, int acknowledged, String tried, Refusals refusals) throws KernelException {
        final boolean[] isDone = {false};
        for (int overruns = 0; overruns < 2; ) {
            final MemorySegment datagram;
            try {
                datagram = channel.receive(tried);
            } catch (KernelException e) {
                if (!e.is(Errno.ENOBUFS)) {
                    throw e;
                }
                overruns++;
                continue;
            }
            if (datagram.byteSize() == 0) {
                break;
            }
            NetlinkChannel.readAll(datagram, tried, message -> {
                final int index = message.sequence() - first;
                if (index < 0 || message.type() != NetlinkMessage.TYPE_ERROR) {
                    return false; // rest of a reply that was abandoned
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

    /** Sends the request for one object and returns the reader's result; empty if there was only an acknowledgement. */
    public synchronized <T> Optional<T> query(String tried, Function<NetlinkMessage, T> reader) throws KernelException {
        final List<T> answers = new ArrayList<>(1);
        send(MessageWriter.FLAG_ACK, tried);
        converse(tried, message -> answers.add(reader.apply(message)));
        return answers.stream().findFirst();
    }

    /**
     * Sends the request for several objects and passes on each reply; a reply has at most 8 KiB.
     *
     * @throws KernelException when the kernel stopped; earlier replies were passed on
     */
    public synchronized void queryEach(String tried, Consumer<NetlinkMessage> each) throws KernelException {
        send(MessageWriter.FLAG_ACK, tried);
        manyAnswers(tried, reader(tried, each));
    }

    /** Reads answers of one object each, many by one call, until the reader has enough. */
    private void manyAnswers(String tried, NetlinkChannel.Reader reader) throws KernelException {
        final long deadlineNanos = System.nanoTime() + ANSWER_MILLIS * 1_000_000L;
        NetlinkChannel.Look look = channel.readMany(tried, reader);
        while (look != NetlinkChannel.Look.ENOUGH) {
            if (look == NetlinkChannel.Look.NOTHING) {
                awaitAnswer(deadlineNanos, tried);
            }
            look = channel.readMany(tried, reader);
        }
    }

    /**
     * Sends the request as a dump and returns the reader's results. A dump that the kernel reports as inconsistent is
     * repeated.
     *
     * @throws KernelException {@code EAGAIN} when it was inconsistent each time
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
                channel.drain(); // the reader gave up; the kernel refuses another dump while this one goes on
                throw e;
            } catch (KernelException e) {
                // No other dump is running, so after an overrun this one has no end: what is queued is useless.
                channel.drain();
                if (!e.is(Errno.ENOBUFS)) {
                    throw e;
                }
            }
        }
        throw new KernelException(tried, Errno.EAGAIN, "changed during each of " + DUMP_TRIES + " dumps");
    }

    /** Sends the request as a dump to be read with {@link #more}; send no other request before its end. */
    public synchronized void beginDump(String tried) throws KernelException {
        send(MessageWriter.FLAG_DUMP, tried);
    }

    /**
     * Passes on the next few objects of a dump. The kernel looks them up as they are read, so objects that change meanwhile
     * may be missed or come twice.
     *
     * @return false if there are no more
     */
    public synchronized boolean more(String tried, Consumer<NetlinkMessage> each) throws KernelException {
        channel.requireOpen();
        final long deadlineNanos = System.nanoTime() + ANSWER_MILLIS * 1_000_000L;
        return !read(tried, deadlineNanos, reader(tried, each));
    }

    private void send(int moreFlags, String tried) throws KernelException {
        channel.requireOpen();
        sequence++;
        channel.send(writer.finish(sequence, moreFlags), tried);
    }

    /** Reads replies up to the acknowledgement or the end of the dump. Returns false if a dump was inconsistent. */
    private boolean converse(String tried, Consumer<NetlinkMessage> each) throws KernelException {
        final boolean[] intact = {true};
        final NetlinkChannel.Reader reader = reader(tried, each);
        answers(tried, message -> {
            intact[0] &= message.sequence() != sequence || !message.hasFlag(NetlinkMessage.FLAG_DUMP_INTERRUPTED);
            return reader.read(message);
        });
        return intact[0];
    }

    /** Passes on replies to the last request, up to its acknowledgement or the end of the dump. */
    private NetlinkChannel.Reader reader(String tried, Consumer<NetlinkMessage> each) {
        return message -> {
            if (message.sequence() != sequence) {
                return false; // rest of a reply that was abandoned
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

    /** Reads the kernel's replies until the reader has enough. */
    private void answers(String tried, NetlinkChannel.Reader reader) throws KernelException {
        final long deadlineNanos = System.nanoTime() + ANSWER_MILLIS * 1_000_000L;
        boolean isEnough = false;
        while (!isEnough) {
            isEnough = read(tried, deadlineNanos, reader);
        }
    }

    /** Reads one datagram of replies; returns whether the reader has enough. */
    private boolean read(String tried, long deadlineNanos, NetlinkChannel.Reader reader) throws KernelException {
        MemorySegment datagram =
                channel.receive(tried); // usually available: the kernel answers before the request returns
        while (datagram.byteSize() == 0) {
            awaitAnswer(deadlineNanos, tried);
            datagram = channel.receive(tried);
        }
        return NetlinkChannel.readAll(datagram, tried, reader);
    }

    private void awaitAnswer(long deadlineNanos, String tried) throws KernelException {
        final int millisLeft = (int) Math.max(0, (deadlineNanos - System.nanoTime()) / 1_000_000);
        final boolean isThere = channel.await(millisLeft);
        channel.requireOpen();
        if (!isThere && System.nanoTime() >= deadlineNanos) {
            throw new KernelException(tried, Errno.ETIMEDOUT, "the kernel did not answer within 10 s");
        }
    }

    /**
     * Joins a group of events, to be read with {@link #receive}. A socket that listens sends no requests.
     *
     * @param bufferBytes bytes that the kernel may queue; without CAP_NET_ADMIN, the host's default
     */
    public synchronized void subscribe(int group, int bufferBytes, String tried) throws KernelException {
        channel.join(group, bufferBytes, tried);
    }

    /** Result of {@link #receive}. */
    public enum Received {
        EVENTS,
        /** No event within the time. */
        NOTHING,
        /** Events were lost: the reader is too slow, or the buffer too small. */
        OVERRUN,
        CLOSED
    }

    /** Waits for events and passes them on, in order. */
    public synchronized Received receive(int timeoutMillis, Consumer<NetlinkMessage> each) throws KernelException {
        if (channel.isClosed()) {
            return Received.CLOSED;
        }
        final boolean isThere = channel.await(timeoutMillis);
        if (channel.isClosed()) {
            return Received.CLOSED;
        }
        if (!isThere) {
            return Received.NOTHING;
        }
        final MemorySegment datagram;
        try {
            datagram = channel.receive("receiving events");
        } catch (KernelException e) {
            if (e.is(Errno.ENOBUFS)) {
                return Received.OVERRUN;
            }
            throw e;
        }
        NetlinkChannel.readAll(datagram, "receiving events", message -> {
            each.accept(message);
            return false;
        });
        return datagram.byteSize() > 0 ? Received.EVENTS : Received.NOTHING;
    }

    /** Wakes a reader, waits until it has left, then frees the socket. A second call does nothing. */
    @Override
    public void close() {
        if (channel.shut()) {
            free();
        }
    }

    private synchronized void free() {
        channel.free();
    }
}

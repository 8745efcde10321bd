package io.pointsman.linux.netlink;

import io.pointsman.linux.KernelException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Requests that are sent together. The kernel acknowledges only the last and reports each that failed, so a batch of any
 * size costs one system call to send and mostly one to receive. Not a transaction: requests before and after a failed one
 * take effect. Not thread-safe.
 */
public final class NetlinkBatch {
    /**
     * Most requests in a batch. Each may fail, and all replies must fit into a socket's receive buffer of the default size.
     */
    private static final int MAX_REQUESTS = 128;

    private static final int BYTES = 64 << 10;
    /** Bytes kept free for a request; more than the longest one in use. */
    private static final int HEADROOM_BYTES = 2 << 10;

    private final MemorySegment buffer = Arena.ofAuto().allocate(BYTES, Long.BYTES);
    private final List<Object> tried = new ArrayList<>();
    private final List<Integer> starts = new ArrayList<>();
    private Optional<MessageWriter> open = Optional.empty();
    private int end;

    /** Receives the failures of a batch. */
    public interface Outcome {
        /** Reports a failed request by its index in the batch. */
        void failed(int index, KernelException failure);
    }

    /** Creates an empty batch. */
    public NetlinkBatch() {}

    /** Whether the batch must be sent before another request is added. */
    public boolean isFull() {
        finishOpen();
        return starts.size() >= MAX_REQUESTS || end + HEADROOM_BYTES > BYTES;
    }

    public boolean isEmpty() {
        return starts.isEmpty();
    }

    public int size() {
        return starts.size();
    }

    /**
     * Adds a request. Write it before any other use of the batch.
     *
     * @param what description for an error message; converted to text only if needed
     */
    public MessageWriter add(int type, int flags, Object what) {
        if (isFull()) {
            throw new IllegalStateException("the batch is full");
        }
        final MessageWriter writer = new MessageWriter(buffer.asSlice(end)).begin(type, flags);
        starts.add(end);
        tried.add(what);
        open = Optional.of(writer);
        return writer;
    }

    private void finishOpen() {
        open.ifPresent(writer -> end += (writer.length() + 3) & ~3);
        open = Optional.empty();
    }

    /** Numbers the requests from {@code firstSequence} and requests an acknowledgement of the last. */
    MemorySegment finish(int firstSequence) {
        finishOpen();
        for (int i = 0; i < starts.size(); i++) {
            final int next = i + 1 < starts.size() ? starts.get(i + 1) : end;
            MessageWriter.seal(
                    buffer.asSlice(starts.get(i), next - starts.get(i)),
                    firstSequence + i,
                    i + 1 < starts.size() ? 0 : MessageWriter.FLAG_ACK);
        }
        return buffer.asSlice(0, end);
    }

    /** Copy of the requests as they are sent, numbered from 0. */
    public byte[] toBytes() {
        return finish(0).toArray(ValueLayout.JAVA_BYTE);
    }

    String tried(int index) {
        return tried.get(index).toString();
    }

    /** Removes all requests. */
    public void clear() {
        starts.clear();
        tried.clear();
        open = Optional.empty();
        end = 0;
    }
}

package io.pointsman.linux.netlink;

import io.pointsman.linux.KernelException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Requests to be sent together. The kernel acknowledges the last of them only and tells of each that failed, so a batch
 * costs one system call to send and mostly one to receive, however many requests it has. Not a transaction: those before
 * and after one that failed have been carried out. Not thread-safe.
 */
public final class NetlinkBatch {
    /** Every one may fail, and all answers must fit into a socket's receive buffer of the default size. */
    private static final int MAX_REQUESTS = 128;

    private static final int BYTES = 64 << 10;
    /** More than the longest request that anybody puts into a batch. */
    private static final int HEADROOM_BYTES = 2 << 10;

    private final MemorySegment buffer = Arena.ofAuto().allocate(BYTES, Long.BYTES);
    private final List<Object> tried = new ArrayList<>();
    private final List<Integer> starts = new ArrayList<>();
    private Optional<MessageWriter> open = Optional.empty();
    private int end;

    /** What became of one request. */
    public interface Outcome {
        /** Tells of one that failed, by its place in the batch. */
        void failed(int index, KernelException failure);
    }

    /** An empty one. */
    public NetlinkBatch() {}

    /** Whether it must be sent before another request is added. */
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
     * Adds a request, to be written before anything else is done with the batch.
     *
     * @param what what to say when it fails; made into text only then
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

    /** Numbers the requests from {@code firstSequence} and asks for an acknowledgement of the last. */
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

    /** The requests as they are sent, numbered from 0; a copy. */
    public byte[] toBytes() {
        return finish(0).toArray(ValueLayout.JAVA_BYTE);
    }

    String tried(int index) {
        return tried.get(index).toString();
    }

    /** Makes it empty. */
    public void clear() {
        starts.clear();
        tried.clear();
        open = Optional.empty();
        end = 0;
    }
}

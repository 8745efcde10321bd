package io.pointsman.nat.events;

import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.InsufficientCapacityException;
import com.lmax.disruptor.RingBuffer;
import io.pointsman.conntrack.FlowKey;
import io.pointsman.nat.flows.ProxiedFlow;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * The ring of flow events. The packet path writes it, and drops (and counts) an event rather than wait; one reader reads it
 * at its own pace. Nothing is written before the first read.
 */
public final class FlowEvents {
    private static final long NO_ROOM = -1;

    private final RingBuffer<FlowEvent> ring;
    private final EventPoller<FlowEvent> poller;
    private final LongAdder lost = new LongAdder();
    private volatile boolean isRead;

    public FlowEvents(int size) {
        ring = RingBuffer.createMultiProducer(FlowEvent::new, size);
        poller = ring.newPoller();
        ring.addGatingSequences(poller.getSequence());
    }

    /** Passes at most {@code limit} available events to a reader, and returns their number. One thread at a time. */
    public int poll(Consumer<FlowEvent> reader, int limit) {
        isRead = true;
        if (limit < 1) {
            return 0;
        }
        final int[] handed = {0};
        try {
            poller.poll((event, _, _) -> {
                reader.accept(event);
                return ++handed[0] < limit;
            });
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("the event reader failed", e); // the handler above throws no other
        }
        return handed[0];
    }

    /** Discards the oldest available events, at most {@code count}, without reading them; by the thread that polls. */
    void skip(long count) {
        if (count > 0) {
            try {
                final long[] left = {count};
                poller.poll((_, _, _) -> --left[0] > 0);
            } catch (Exception e) {
                throw new IllegalStateException("events could not be skipped", e); // the handler above throws none
            }
        }
    }

    /** Number of events that the ring holds. */
    int size() {
        return ring.getBufferSize();
    }

    /** Stops recording events until the next read; events already in the ring stay. */
    public void rest() {
        isRead = false;
    }

    /** Approximate number of events that wait for the reader: other threads write and read meanwhile. */
    public long waiting() {
        return Math.max(0, ring.getCursor() - poller.getSequence().get());
    }

    /** Number of events lost because the ring was full. */
    public long lost() {
        return lost.sum();
    }

    public boolean isRead() {
        return isRead;
    }

    private long claim() {
        if (ring.hasAvailableCapacity(1)) {
            try {
                return ring.tryNext();
            } catch (InsufficientCapacityException _) { // a shared instance: costs no allocation
                // taken by another thread since
            }
        }
        lost.increment();
        return NO_ROOM;
    }

    /** Publishes an event about the flow in these slots, which are still its own. */
    public void publishSlots(FlowEvent.Type type, boolean isIpv6, long original, long reply, long nowNanos) {
        final long sequence = isRead ? claim() : NO_ROOM;
        if (sequence != NO_ROOM) {
            final FlowEvent event = ring.get(sequence);
            event.begin(type, nowNanos);
            event.setSlots(isIpv6, original, reply);
            ring.publish(sequence);
        }
    }

    /** Publishes an event about a first packet. */
    public void publishTuple(FlowEvent.Type type, FlowKey key, long nowNanos) {
        final long sequence = isRead ? claim() : NO_ROOM;
        if (sequence != NO_ROOM) {
            final FlowEvent event = ring.get(sequence);
            event.begin(type, nowNanos);
            event.setOriginal(key);
            ring.publish(sequence);
        }
    }

    /** Publishes an event of a socket backend's connection; may allocate. */
    public void proxied(FlowEvent.Type type, ProxiedFlow flow, long nowNanos) {
        final long sequence = isRead ? claim() : NO_ROOM;
        if (sequence != NO_ROOM) {
            final FlowEvent event = ring.get(sequence);
            event.begin(type, nowNanos);
            event.setProxied(flow);
            ring.publish(sequence);
        }
    }
}

package io.pointsman.nat.events;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.spi.FlowChange;
import io.pointsman.spi.FlowRecord;
import io.pointsman.spi.FlowWatch;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** Watch on flows that begin and end, fed by the ring of events. The ring cannot signal new events, so it is polled. */
public final class RingWatch implements FlowWatch {
    private static final int BATCH = 4096;
    private static final long PAUSE_MILLIS = 20; // a ring of 16,384 events holds 800,000 a second for so long
    private static final List<Protocol> PROTOCOLS = List.of(Protocol.values());

    private final FlowEvents events;
    private final Function<FlowEvent, Optional<ServicePortName>> owner;
    private final Runnable closed;
    private final long lostBefore;
    private boolean isClosed;

    /**
     * Starts watching from now on.
     *
     * @param owner finds the service port that an event's frontend belongs to
     * @param closed called once, on close
     */
    public RingWatch(FlowEvents events, Function<FlowEvent, Optional<ServicePortName>> owner, Runnable closed) {
        this.events = events;
        this.owner = owner;
        this.closed = closed;
        while (events.poll(_ -> {}, BATCH) == BATCH) {
            // discards events left by an earlier reader
        }
        lostBefore = events.lost();
    }

    @Override
    public void next(Duration patience, Consumer<FlowChange> changes) {
        final long deadlineNanos = System.nanoTime() + patience.toNanos();
        try {
            while (events.poll(event -> change(event).ifPresent(changes), BATCH) == 0
                    && System.nanoTime() - deadlineNanos < 0) {
                Thread.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // return as at the deadline
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Waits until the ring is a quarter full. An event that stays unread costs its writer less: its cache lines stay where
     * they are.
     */
    @Override
    public long latest(Duration patience, int limit, Consumer<FlowChange> changes) {
        final long deadlineNanos = System.nanoTime() + patience.toNanos();
        try {
            while (events.waiting() < events.size() / 4 && System.nanoTime() - deadlineNanos < 0) {
                Thread.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // go on as at the deadline
        }
        final long skipped = Math.max(0, events.waiting() - limit);
        events.skip(skipped);
        final int[] passed = {0};
        final int polled = events.poll(
                event -> change(event).ifPresent(change -> {
                    passed[0]++;
                    changes.accept(change);
                }),
                limit);
        return skipped == 0
                ? 0
                : skipped * passed[0] / Math.max(1, polled); // as many of them are changes as of those polled
    }

    /** Returns an event's change, if its flow belongs to a Service: TCP, UDP and SCTP. */
    private Optional<FlowChange> change(FlowEvent event) {
        final Optional<FlowChange.Kind> kind =
                switch (event.type()) {
                    case NEW -> Optional.of(FlowChange.Kind.NEW);
                    case DESTROY, EARLY_DROP -> Optional.of(FlowChange.Kind.GONE);
                    case ESTABLISHED, TABLE_FULL -> Optional.empty();
                };
        for (Protocol protocol : PROTOCOLS) {
            if (protocol.number() == event.protocol()) {
                return kind.map(happened -> new FlowChange(happened, flow(event, protocol, happened.name())));
            }
        }
        return Optional.empty();
    }

    private FlowRecord flow(FlowEvent event, Protocol protocol, String state) {
        final IpAddress client = event.source();
        return new FlowRecord(
                new FlowRecord.Tuple(
                        protocol, client, event.sourcePort(), event.destination(), event.destinationPort()),
                new FlowRecord.Tuple(protocol, event.endpoint(), event.endpointPort(), client, event.sourcePort()),
                owner.apply(event),
                state,
                event.packetsOut(),
                event.bytesOut(),
                event.packetsBack(),
                event.bytesBack(),
                Optional.empty());
    }

    @Override
    public long losses() {
        return events.lost() - lostBefore;
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            events.rest();
            closed.run();
        }
    }
}

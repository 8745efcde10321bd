package io.pointsman.nat.counters;

import io.pointsman.model.EnumToken;
import io.pointsman.model.ServicePortName;
import io.pointsman.nat.Reason;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** Counters of one service port, for connections of backends that own sockets. Lock-free, any thread. */
public final class ServicePortCounts {
    private final LongAdder opened = new LongAdder();
    private final LongAdder affinityHits = new LongAdder();
    private final LongAdder ended = new LongAdder();
    private final LongAdder bytesFromClients = new LongAdder();
    private final LongAdder bytesToClients = new LongAdder();
    private final AtomicLongArray refused = new AtomicLongArray(Reason.values().length);

    /** Counts a connection that was accepted. */
    public void opened(boolean fromAffinity) {
        opened.increment();
        if (fromAffinity) {
            affinityHits.increment();
        }
    }

    public void ended() {
        ended.increment();
    }

    /** Counts a connection that was refused. */
    public void refused(Reason reason) {
        refused.getAndIncrement(reason.index());
    }

    /** Counts bytes of payload. */
    public void transferred(long fromClients, long toClients) {
        bytesFromClients.add(fromClients);
        bytesToClients.add(toClients);
    }

    /** Figures of the service port; a snapshot, each number for itself. */
    public ServiceFigures figures(ServicePortName port) {
        final long endedSoFar =
                ended.sum(); // first: a connection that is opened and ends meanwhile must not count as -1
        final long openedSoFar = opened.sum();
        final Map<String, Long> byReason = new HashMap<>();
        for (Reason reason : Reason.values()) {
            final long count = refused.get(reason.index());
            if (count > 0) {
                byReason.put(EnumToken.of(reason), count);
            }
        }
        return new ServiceFigures(
                port,
                Map.of(
                        Figure.CONNECTIONS_NOW,
                        openedSoFar - endedSoFar,
                        Figure.CONNECTIONS,
                        openedSoFar,
                        Figure.AFFINITY_HITS,
                        affinityHits.sum(),
                        Figure.BYTES_FROM_CLIENTS,
                        bytesFromClients.sum(),
                        Figure.BYTES_TO_CLIENTS,
                        bytesToClients.sum()),
                byReason);
    }
}

package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.Errno;
import io.pointsman.linux.nftables.Bytes;
import io.pointsman.linux.nftables.Element;
import io.pointsman.linux.nftables.NamedSet;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.linux.nftables.TransactionException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Affinity bindings of clients to endpoints, in the kernel. */
record Bindings(TableId table, NamedSet affinity) {
    /** Most rounds of a purge: packets in transit may bind a client again between reading and deleting. */
    private static final int ROUNDS = 5;

    private static final int SESSION_BYTES = 4;

    /** Treatment of sessions that are not named. */
    enum Others {
        STAY,
        GO
    }

    /**
     * Deletes bindings to endpoints that a session no longer has. Call it when no new client can be sent to them.
     *
     * @param sessions the remaining endpoints of each session
     */
    void purge(Commits kernel, Map<Integer, Set<Bytes>> sessions, Others others) throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            final List<Element> stale = kernel.kernel().elements(table, affinity).stream()
                    .filter(element -> isStale(element, sessions, others))
                    .toList();
            if (stale.isEmpty()) {
                return;
            }
            try {
                kernel.commit(new Transaction().deleteElements(table, affinity, stale));
            } catch (TransactionException e) {
                if (!e.first().errno().equals(Errno.ENOENT)) {
                    throw e;
                }
            }
        }
    }

    private static boolean isStale(Element element, Map<Integer, Set<Bytes>> sessions, Others others) {
        final Bytes key = element.key();
        final Set<Bytes> endpoints = sessions.get(key.host32At(key.length() - SESSION_BYTES));
        if (endpoints == null) {
            return others == Others.GO;
        }
        return element.value().filter(endpoints::contains).isEmpty();
    }
}

package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.Errno;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.linux.nftables.TransactionException;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Chains that no element leads to any more, until no packet can be in them. Not thread-safe. */
final class RetiringChains {
    /** Longer than any packet is on its way through a chain; Linux before 6.2 also lets go of a map's verdicts late. */
    private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ChainStore chains;
    private final Map<String, Long> sinceNanos = new LinkedHashMap<>();

    RetiringChains(ChainStore chains) {
        this.chains = chains;
    }

    void clear() {
        sinceNanos.clear();
    }

    /** Nothing leads to this chain from now on. */
    void retire(String chain) {
        sinceNanos.put(chain, System.nanoTime());
    }

    /** This one is needed again. */
    void keep(String chain) {
        sinceNanos.remove(chain);
    }

    /** Removes those that have rested long enough; returns how many. */
    int removeRested(Commits kernel) throws IOException {
        final long now = System.nanoTime();
        final List<String> rested = sinceNanos.entrySet().stream()
                .filter(each -> now - each.getValue() >= REST_NANOS)
                .map(Map.Entry::getKey)
                .toList();
        return rested.isEmpty() ? 0 : remove(kernel, rested);
    }

    private int remove(Commits kernel, Collection<String> gone) throws IOException {
        final Transaction transaction = new Transaction();
        chains.remove(transaction, gone);
        try {
            kernel.commit(transaction);
        } catch (TransactionException e) {
            if (!e.first().errno().equals(Errno.EBUSY)) {
                throw e;
            }
            gone.forEach(this::retire); // a verdict is not let go of yet
            return 0;
        }
        chains.removed(gone);
        gone.forEach(sinceNanos::remove);
        return gone.size();
    }
}

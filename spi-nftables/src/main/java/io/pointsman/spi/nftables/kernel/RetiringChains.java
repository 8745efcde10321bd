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

/** Chains that no element refers to any more, kept until no packet can be in them. Not thread-safe. */
final class RetiringChains {
    /**
     * Time until removal: longer than a packet takes through a chain. Linux before 6.2 also releases a map's verdicts late.
     */
    private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ChainStore chains;
    private final Map<String, Long> sinceNanos = new LinkedHashMap<>();

    RetiringChains(ChainStore chains) {
        this.chains = chains;
    }

    void clear() {
        sinceNanos.clear();
    }

    /** Retires a chain: nothing refers to it from now on. */
    void retire(String chain) {
        sinceNanos.put(chain, System.nanoTime());
    }

    /** Keeps a chain that is needed again. */
    void keep(String chain) {
        sinceNanos.remove(chain);
    }

    /** Removes chains that retired long enough ago; returns their number. */
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
            gone.forEach(this::retire); // the kernel has not released a verdict yet
            return 0;
        }
        chains.removed(gone);
        gone.forEach(sinceNanos::remove);
        return gone.size();
    }
}

package io.pointsman.spi.nftables.kernel;

import java.util.HashSet;
import java.util.Set;

/**
 * Tells without reading them whether the kernel's tables may differ from what we wrote. nf_tables numbers its transactions:
 * our tables are unchanged while each later transaction is our own or known not to concern them. Any thread.
 */
public final class Generations {
    private static final int MAX_HARMLESS = 10_000;

    private boolean isKnown;
    private int known;
    /** Later transactions of other programs that did not change our tables. */
    private final Set<Integer> harmless = new HashSet<>();

    /** Creates an instance that knows nothing yet. */
    public Generations() {}

    /** Starts from this generation: the tables are about to be read, or were just read and found right. */
    public synchronized void restart(int generation) {
        isKnown = true;
        known = generation;
        harmless.removeIf(each -> each - generation <= 0);
    }

    /** Records our own transaction, which followed generation {@code before} directly. */
    synchronized void wrote(int before) {
        advance();
        if (isKnown && known == before) {
            known++;
        }
    }

    /** Records that another program's transaction left our tables unchanged. */
    synchronized void account(int generation) {
        if (harmless.size() >= MAX_HARMLESS) {
            harmless.clear(); // unread for long, or a number is missing: the next check reads the tables
        }
        if (!isKnown || generation - known > 0) {
            harmless.add(generation);
        }
    }

    /** Whether every transaction up to the current generation is accounted for. */
    public synchronized boolean holds(int current) {
        advance();
        return isKnown && known == current;
    }

    /** Whether a transaction is our own or otherwise accounted for. */
    synchronized boolean covers(int generation) {
        advance();
        return isKnown && generation - known <= 0;
    }

    private void advance() {
        while (isKnown && harmless.remove(known + 1)) {
            known++;
        }
    }

    /** Records that another program changed our tables. */
    public synchronized void invalidate() {
        isKnown = false;
    }
}

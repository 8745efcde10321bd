package io.pointsman.spi.nftables.kernel;

import java.util.HashSet;
import java.util.Set;

/**
 * Whether the kernel can have other tables than we think, told without reading them: nf_tables counts its transactions, and
 * tables are as we left them while each one since is our own or known to have left them alone. Any thread.
 */
public final class Generations {
    private static final int MAX_HARMLESS = 10_000;

    private boolean isKnown;
    private int known;
    /** Transactions of others since that did nothing to our tables. */
    private final Set<Integer> harmless = new HashSet<>();

    /** Nothing is known yet. */
    public Generations() {}

    /** Tables are about to be read, or were read and found right, at that generation. */
    public synchronized void restart(int generation) {
        isKnown = true;
        known = generation;
        harmless.removeIf(each -> each - generation <= 0);
    }

    /** We wrote, and nobody else since that generation: ours is the next. */
    synchronized void wrote(int before) {
        advance();
        if (isKnown && known == before) {
            known++;
        }
    }

    /** A transaction of another program is known to have left our tables alone. */
    synchronized void account(int generation) {
        if (harmless.size() >= MAX_HARMLESS) {
            harmless.clear(); // nobody has asked for long, or one is missing: the next to ask reads the tables
        }
        if (!isKnown || generation - known > 0) {
            harmless.add(generation);
        }
    }

    /** Whether nothing unknown has happened up to that generation, the current one. */
    public synchronized boolean holds(int current) {
        advance();
        return isKnown && known == current;
    }

    /** Whether this one is our own, or accounted for otherwise. */
    synchronized boolean covers(int generation) {
        advance();
        return isKnown && generation - known <= 0;
    }

    private void advance() {
        while (isKnown && harmless.remove(known + 1)) {
            known++;
        }
    }

    /** Somebody changed our tables. */
    public synchronized void invalidate() {
        isKnown = false;
    }
}

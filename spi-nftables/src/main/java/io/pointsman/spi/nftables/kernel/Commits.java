package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.linux.nftables.TransactionException;
import java.io.IOException;

/** Commits transactions such that we know whether another program's came between. Not thread-safe. */
public final class Commits {
    private static final int TRIES = 5;

    private final NfTables kernel;
    private final Generations generations;
    private int committed;

    /**
     * Commits to there.
     *
     * @param generations are told of each
     */
    public Commits(NfTables kernel, Generations generations) {
        this.kernel = kernel;
        this.generations = generations;
    }

    /** What it commits to, to be read. */
    public NfTables kernel() {
        return kernel;
    }

    /** How many transactions others committed, but for a constant: the same as before where there were none since. */
    int foreign() throws IOException {
        return kernel.generation() - committed;
    }

    /**
     * Commits it. The transactions of others mostly are about other tables: it is tried again right behind them, and in the
     * end without regard to them.
     */
    public void commit(Transaction transaction) throws IOException {
        if (transaction.isEmpty()) {
            return;
        }
        for (int i = 1; i < TRIES; i++) {
            final int before = kernel.generation();
            try {
                kernel.commit(transaction, before);
                committed++;
                generations.wrote(before);
                return;
            } catch (TransactionException e) {
                if (!e.isConflict()) {
                    throw e;
                }
            }
        }
        kernel.commit(transaction);
        committed++;
    }
}

package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.linux.nftables.TransactionException;
import java.io.IOException;

/** Commits transactions and tells whether another program's transactions came between. Not thread-safe. */
public final class Commits {
    private static final int TRIES = 5;

    private final NfTables kernel;
    private final Generations generations;
    private int committed;

    /**
     * Creates a committer.
     *
     * @param generations is notified of each commit
     */
    public Commits(NfTables kernel, Generations generations) {
        this.kernel = kernel;
        this.generations = generations;
    }

    /** The connection to the kernel, for reading. */
    public NfTables kernel() {
        return kernel;
    }

    /** Number of transactions that other programs committed, plus a constant: compare two values. */
    int foreign() throws IOException {
        return kernel.generation() - committed;
    }

    /**
     * Commits a transaction. If another program's transaction came first, which usually concerns other tables, it is tried
     * again; the last try ignores conflicts.
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

package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.linux.nftables.TransactionException;
import java.io.IOException;

/**
 * Commits transactions such that we know whether another program's came between.
 *
 * @param kernel where to
 * @param generations are told of each
 */
public record Commits(NfTables kernel, Generations generations) {
    private static final int TRIES = 5;

    /**
     * Commits it. The transactions of others mostly are about other tables: it is tried again right behind them, and in the
     * end without regard to them.
     */
    void commit(Transaction transaction) throws IOException {
        if (transaction.isEmpty()) {
            return;
        }
        for (int i = 1; i < TRIES; i++) {
            final int before = kernel.generation();
            try {
                kernel.commit(transaction, before);
                generations.wrote(before);
                return;
            } catch (TransactionException e) {
                if (!e.isConflict()) {
                    throw e;
                }
            }
        }
        kernel.commit(transaction);
    }
}

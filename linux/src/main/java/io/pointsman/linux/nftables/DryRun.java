package io.pointsman.linux.nftables;

import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Tests which operations a kernel accepts; neither its version nor its modules tell. The transaction's last operation must
 * fail, so nothing takes effect: no other program sees a table, an event or a new generation.
 */
public final class DryRun {
    private static final TableId NONE = new TableId(IpFamily.IPV4, "pointsman-never-made");

    private DryRun() {}

    /**
     * Returns the operations that the kernel refuses, including those that depend on a refused one; empty if it accepts all.
     * Adds the failing operation to the transaction.
     *
     * @throws IOException when none was tried, for lack of privilege for instance
     */
    public static List<TransactionException.Refusal> refusals(NfTables kernel, Transaction transaction)
            throws IOException {
        final int end = transaction.size();
        transaction.deleteTable(NONE);
        try {
            kernel.commit(transaction);
        } catch (TransactionException e) {
            if (e.first().operation() < 0) {
                throw e;
            }
            final List<TransactionException.Refusal> refusals = new ArrayList<>(e.refusals());
            refusals.removeIf(refusal -> refusal.operation() == end);
            return refusals;
        }
        throw new IllegalStateException("the kernel deleted a table that there was not");
    }
}

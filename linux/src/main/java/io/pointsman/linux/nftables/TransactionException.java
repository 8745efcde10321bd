package io.pointsman.linux.nftables;

import io.pointsman.linux.Errno;
import java.io.IOException;
import java.util.List;

/** The kernel refused a transaction: nothing of it is in force. The message names what was refused first. */
public final class TransactionException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient List<Refusal> refusals;

    /**
     * An operation that was refused. The kernel checks the others all the same: refusals that follow from an earlier one
     * come after it.
     *
     * @param operation its index in the transaction, from 0; -1 for the transaction itself
     * @param element index of the element that it adds or deletes, from 0; -1 if the kernel does not say, or there are
     *     none
     * @param what the attempted operation: {@code adding chain a of table ip t}
     * @param kernelText the kernel's error text; empty for none
     */
    public record Refusal(int operation, int element, String what, Errno errno, String kernelText) {
        /** Whether another program changed nf_tables after the transaction's generation. */
        public boolean isConflict() {
            return errno.equals(Errno.ERESTART);
        }
    }

    TransactionException(List<Refusal> refusals) {
        super(text(refusals));
        this.refusals = List.copyOf(refusals);
    }

    private static String text(List<Refusal> refusals) {
        final Refusal first = refusals.getFirst();
        final boolean lacks = first.errno().equals(Errno.EPERM) || first.errno().equals(Errno.EACCES);
        final String needed = lacks
                ? "; needs CAP_NET_ADMIN in the user namespace that owns this network namespace, and a table that no other"
                        + " program owns"
                : "";
        final String more = refusals.size() == 1 ? "" : ", and " + (refusals.size() - 1) + " more";
        return "nf_tables refused a transaction, nothing was changed: " + first.what() + ": " + first.errno()
                + (first.kernelText().isEmpty() ? "" : ": " + first.kernelText()) + more + needed;
    }

    /** Refusals, at least one, in the order of the transaction. */
    public List<Refusal> refusals() {
        return refusals;
    }

    public Refusal first() {
        return refusals.getFirst();
    }

    /** Whether another program changed nf_tables after the transaction's generation: read, then try again. */
    public boolean isConflict() {
        return first().isConflict();
    }
}

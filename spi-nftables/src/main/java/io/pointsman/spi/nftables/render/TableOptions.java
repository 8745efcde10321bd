package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Table;
import java.util.Set;

/**
 * What a table is like beside its rules.
 *
 * @param affinitySize how many clients can be bound at a time, 1 or more
 * @param flags {@link #OF_AGENT}, or none
 */
public record TableOptions(
        Rewriting rewriting, int affinitySize, Counting counting, Set<Table.Flag> flags, FastPath fastPath) {
    /** Nobody but the agent may change the table while the agent runs; it stays when the agent ends. */
    public static final Set<Table.Flag> OF_AGENT = Set.of(Table.Flag.OWNER, Table.Flag.PERSIST);

    public TableOptions {
        flags = Set.copyOf(flags);
    }

    public boolean hasFastPath() {
        return fastPath == FastPath.ON;
    }

    /** The same, but for the fast path. */
    public TableOptions with(FastPath other) {
        return new TableOptions(rewriting, affinitySize, counting, flags, other);
    }
}

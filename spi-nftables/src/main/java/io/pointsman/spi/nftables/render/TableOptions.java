package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Table;
import java.util.Set;

/**
 * Options of a table that do not depend on the plan.
 *
 * @param affinitySize most clients that can be bound at a time, 1 or more
 * @param flags {@link #OF_AGENT}, or none
 */
public record TableOptions(
        Rewriting rewriting, int affinitySize, Counting counting, Set<Table.Flag> flags, FastPath fastPath) {
    /** Flags that let only the agent change the table while the agent runs; the table persists when the agent ends. */
    public static final Set<Table.Flag> OF_AGENT = Set.of(Table.Flag.OWNER, Table.Flag.PERSIST);

    public TableOptions {
        flags = Set.copyOf(flags);
    }

    public boolean hasFastPath() {
        return fastPath == FastPath.ON;
    }

    /** Copy of these options with another fast path setting. */
    public TableOptions with(FastPath other) {
        return new TableOptions(rewriting, affinitySize, counting, flags, other);
    }
}

package io.pointsman.linux.nftables;

import java.util.Objects;
import java.util.Set;

/**
 * A table.
 *
 * @param comment empty for none
 */
public record Table(TableId id, Set<Flag> flags, String comment) {
    /** Property of a table. */
    public enum Flag {
        /** The table's chains see no packets. */
        DORMANT(1),
        /**
         * Reserves the table for the socket that created it: no other may change it, and the kernel removes it with that
         * socket, unless it is {@link #PERSIST} as well. From Linux 5.12 on.
         */
        OWNER(2),
        /** The table outlives its owner, and another owner may take it over. From Linux 6.9 on. */
        PERSIST(4);

        private final int bit;

        Flag(int bit) {
            this.bit = bit;
        }

        int bit() {
            return bit;
        }
    }

    public Table {
        Objects.requireNonNull(id, "id");
        flags = Set.copyOf(flags);
        Objects.requireNonNull(comment, "comment");
    }

    /** Creates a table without flags and comment. */
    public static Table of(TableId id) {
        return new Table(id, Set.of(), "");
    }

    public Table commented(String text) {
        return new Table(id, flags, text);
    }

    public Table flagged(Set<Flag> others) {
        return new Table(id, others, comment);
    }
}

package io.pointsman.linux.nftables;

import java.util.Objects;
import java.util.Set;

/**
 * A table.
 *
 * @param comment empty for none
 */
public record Table(TableId id, Set<Flag> flags, String comment) {
    /** What a table may be besides. */
    public enum Flag {
        /** Its chains see no packets. */
        DORMANT(1),
        /**
         * Only the socket that made it may change it, and with that socket the kernel removes it, unless it is {@link
         * #PERSIST} as well. From Linux 5.12 on.
         */
        OWNER(2),
        /** It outlives its owner, and the next may take it over. From Linux 6.9 on. */
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

    /** A plain one. */
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

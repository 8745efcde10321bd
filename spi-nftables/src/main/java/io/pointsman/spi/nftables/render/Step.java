package io.pointsman.spi.nftables.render;

import java.util.Locale;

/** What a policy does with connections of one origin. */
sealed interface Step {
    /** Part of a chain's name. */
    String word();

    /** Silence. */
    record Drop() implements Step {
        @Override
        public String word() {
            return "drop";
        }
    }

    /** Goes on untranslated: to be refused later, or not the proxy's business. */
    record Leave() implements Step {
        @Override
        public String word() {
            return "leave";
        }
    }

    /**
     * To an endpoint.
     *
     * @param pool which of the rule's pools, 0 to 2
     * @param slots to choose among, 0 to {@link Layout#MAX_SLOTS}; with 0 only clients that are bound get through
     */
    record Forward(int pool, Choice choice, int slots, boolean masquerade) implements Step {
        /** The number of the pool's first slot. */
        int firstSlot() {
            return pool * Layout.MAX_SLOTS;
        }

        @Override
        public String word() {
            return choice.name().toLowerCase(Locale.ROOT)
                    + slots
                    + (pool == 0 ? "" : "-of-pool" + pool)
                    + (masquerade ? "-masquerade" : "");
        }
    }

    /** How a slot is chosen. */
    enum Choice {
        RANDOM,
        /** By a hash of the client's address. */
        HASH
    }
}

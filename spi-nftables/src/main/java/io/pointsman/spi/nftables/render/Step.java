package io.pointsman.spi.nftables.render;

import java.util.Locale;

/** Decision of a policy about connections of one origin. */
sealed interface Step {
    /** Part of a chain's name. */
    String word();

    /** Drops the packet silently. */
    record Drop() implements Step {
        @Override
        public String word() {
            return "drop";
        }
    }

    /** Leaves the packet untranslated: it is refused later, or does not concern the proxy. */
    record Leave() implements Step {
        @Override
        public String word() {
            return "leave";
        }
    }

    /**
     * Forwards to an endpoint.
     *
     * @param pool number of the rule's pool, 0 to 2
     * @param slots number of slots to choose from, 0 to {@link Layout#MAX_SLOTS}; with 0 only bound clients are forwarded
     */
    record Forward(int pool, Choice choice, int slots, boolean masquerade) implements Step {
        /** Number of the pool's first slot. */
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

    /** Method of choosing a slot. */
    enum Choice {
        RANDOM,
        /** Hash of the client's address. */
        HASH
    }
}

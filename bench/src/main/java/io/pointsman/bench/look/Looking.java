package io.pointsman.bench.look;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Ways to look at an agent while it is measured. */
enum Looking {
    /** No page, audit or scrapes. The others are compared with this one. */
    UNWATCHED,
    /** The page is configured but closed, metrics are scraped, and a kernel's connections are audited. */
    CONFIGURED,
    /** Like {@link #CONFIGURED}, and the page shows the Services. */
    SERVICES,
    /** Like {@link #CONFIGURED}, and the page shows connections. */
    CONNECTIONS,
    /** Like {@link #CONFIGURED}, and {@code flows --follow} reads all that it can. */
    FOLLOW;

    /** Returns all ways, each round beginning with another, so that none always follows the same one. */
    static List<Looking> inRound(int round) {
        final List<Looking> all = new ArrayList<>(List.of(values()));
        Collections.rotate(all, round);
        return all;
    }

    /** Returns the name used in the table. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether the agent watches connections, which it continues for some seconds afterwards. */
    boolean isOfConnections() {
        return this == CONNECTIONS || this == FOLLOW;
    }

    /** Whether this needs the agent that has a page. */
    boolean isConfigured() {
        return this != UNWATCHED;
    }
}

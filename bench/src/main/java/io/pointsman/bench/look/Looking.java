package io.pointsman.bench.look;

import java.util.Locale;

/** Who looks at an agent while it is measured. */
enum Looking {
    /** Nobody: neither page nor audit are configured, and nobody scrapes. The others are compared with it. */
    NOBODY,
    /** The page is configured and closed, metrics are scraped, and connections are audited where a kernel makes them. */
    CONFIGURED,
    /** And the page shows the Services. */
    SERVICES,
    /** And the page shows connections instead. */
    CONNECTIONS,
    /** As {@link #CONFIGURED}, and {@code flows --follow} reads all that it can. */
    FOLLOW;

    /** As the table names it. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether the agent watches connections for it, and goes on for some seconds when it is gone. */
    boolean isOfConnections() {
        return this == CONNECTIONS || this == FOLLOW;
    }

    /** Whether it is of the agent that has a page. */
    boolean isConfigured() {
        return this != NOBODY;
    }
}

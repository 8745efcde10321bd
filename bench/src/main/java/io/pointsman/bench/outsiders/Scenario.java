package io.pointsman.bench.outsiders;

import io.pointsman.testkit.outsiders.AgentLimits;
import io.pointsman.testkit.outsiders.IdleConnections;
import io.pointsman.testkit.outsiders.Outsider;
import io.pointsman.testkit.outsiders.PipeliningClients;
import io.pointsman.testkit.outsiders.Site;
import io.pointsman.testkit.outsiders.SlowReaders;
import io.pointsman.testkit.outsiders.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Kinds of attack on the node, and the resource limits of its agent. */
enum Scenario {
    PIPELINING(4),
    SLOW_READERS(1_500),
    IDLE(12_000);

    private static final int OPENED_PER_SECOND = 2_000;

    final int outsiders;

    Scenario(int outsiders) {
        this.outsiders = outsiders;
    }

    AgentLimits limits() {
        return switch (this) {
            case PIPELINING -> AgentLimits.NONE;
            case SLOW_READERS -> AgentLimits.NONE.withHeap(512);
            case IDLE -> AgentLimits.NONE.withDescriptors(20_000);
        };
    }

    Outsider outsider() {
        return switch (this) {
            case PIPELINING -> new PipeliningClients(pages());
            case SLOW_READERS -> new SlowReaders(outsiders, Site.SHARED_VIP);
            case IDLE -> new IdleConnections(outsiders, OPENED_PER_SECOND, Site.SHARED_VIP);
        };
    }

    /** Returns a target for each client: the agent's pages in turn. */
    private List<Target> pages() {
        final List<Target> all = Site.pagesForOutsiders();
        final List<Target> pages = new ArrayList<>();
        for (int i = 0; i < outsiders; i++) {
            pages.add(all.get(i % all.size()));
        }
        return pages;
    }

    /** Returns the name used in the table. */
    String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}

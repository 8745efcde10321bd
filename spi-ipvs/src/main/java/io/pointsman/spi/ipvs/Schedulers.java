package io.pointsman.spi.ipvs;

import io.pointsman.plan.Balancing;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The kernel's schedulers (Linux net/netfilter/ipvs, Kconfig).
 *
 * @param usual for Services that name no algorithm
 */
record Schedulers(String usual) {
    /** Every one that takes masqueraded connections, by the kernel's name. */
    static final Set<String> ALL =
            Set.of("rr", "wrr", "lc", "wlc", "fo", "ovf", "lblc", "lblcr", "dh", "sh", "mh", "sed", "nq");

    /** The kernel counts in ticks of up to a thousandth of a second, in 31 bits. */
    static final int MAX_AFFINITY_SECONDS = 2_000_000;

    /**
     * Those that put a client on a destination without looking whether it is in service, unless told.
     */
    private static final Set<String> HASHING = Set.of("sh", "mh");

    Schedulers {
        if (!ALL.contains(usual)) {
            throw new IllegalArgumentException("scheduler \"" + usual + "\" is none of " + new TreeSet<>(ALL));
        }
    }

    /** The kernel's name of an algorithm. */
    String nameOf(Balancing balancing) {
        return switch (balancing) {
            case RANDOM -> usual;
            case ROUND_ROBIN -> "rr";
            case WEIGHTED -> "wrr";
            case LEAST_CONNECTIONS -> "wlc";
            case SOURCE_HASH -> "sh";
            case MAGLEV -> "mh";
        };
    }

    /**
     * How a virtual server is to work.
     *
     * @param isSticky a client is to stay where it is although the kernel can't remember it
     * @param affinity how long it remembers a client
     */
    ServerSpec spec(Balancing balancing, boolean isSticky, Optional<Duration> affinity) {
        final String name = isSticky ? "sh" : nameOf(balancing);
        return new ServerSpec(
                name,
                (HASHING.contains(name) ? ServerSpec.FALLBACK : 0) | (affinity.isPresent() ? ServerSpec.PERSISTENT : 0),
                affinity.map(timeout -> Math.clamp(timeout.toSeconds(), 1, MAX_AFFINITY_SECONDS))
                        .orElse(0));
    }
}

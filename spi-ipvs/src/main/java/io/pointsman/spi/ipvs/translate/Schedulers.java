package io.pointsman.spi.ipvs.translate;

import io.pointsman.linux.ipvs.ServerSpec;
import io.pointsman.plan.Balancing;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Choice of the kernel's schedulers (Linux net/netfilter/ipvs, Kconfig).
 *
 * @param usual scheduler for Services that name no algorithm
 * @param hashFlags flags of schedulers that hash clients: {@link ServerSpec#FALLBACK}, {@link ServerSpec#PORT}, both or 0
 */
public record Schedulers(String usual, int hashFlags) {
    /** Kernel names of all schedulers. A kernel may be built without some, and {@code twos} came with Linux 5.12. */
    public static final Set<String> ALL =
            Set.of("rr", "wrr", "lc", "wlc", "fo", "ovf", "lblc", "lblcr", "dh", "sh", "mh", "sed", "nq", "twos");

    /** Maximum affinity in seconds: the kernel counts in ticks of a millisecond or more, in 31 bits. */
    static final int MAX_AFFINITY_SECONDS = 2_000_000;

    /**
     * Schedulers that hash clients. Without flag {@code fallback} they may choose a destination that takes no new
     * connections.
     */
    private static final Set<String> HASHING = Set.of("sh", "mh");

    public Schedulers {
        if (!ALL.contains(usual)) {
            throw new IllegalArgumentException("scheduler \"" + usual + "\" is none of " + new TreeSet<>(ALL));
        }
    }

    /**
     * Parses flags: {@code fallback}, {@code port}, both with a comma between, or {@code none}.
     *
     * @throws IllegalArgumentException for another name; the message contains the text
     */
    public static int hashFlags(String text) {
        int flags = 0;
        for (String name : text.equals("none") ? new String[0] : text.split(",", -1)) {
            flags |= switch (name.strip()) {
                case "fallback" -> ServerSpec.FALLBACK;
                case "port" -> ServerSpec.PORT;
                default ->
                    throw new IllegalArgumentException("hash-flags \"" + text
                            + "\" is neither none nor fallback, port or both with a comma between them");
            };
        }
        return flags;
    }

    /** Kernel name of the scheduler for an algorithm. */
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
     * Returns the scheduler, flags and timeout of a virtual server.
     *
     * @param isSticky whether a client must keep its destination although the kernel can't remember the client
     * @param affinity time that the kernel remembers a client
     */
    ServerSpec spec(Balancing balancing, boolean isSticky, Optional<Duration> affinity) {
        final String name = isSticky ? "sh" : nameOf(balancing);
        return new ServerSpec(
                name,
                (HASHING.contains(name) ? flags(isSticky) : 0) | (affinity.isPresent() ? ServerSpec.PERSISTENT : 0),
                affinity.map(timeout -> Math.clamp(timeout.toSeconds(), 1, MAX_AFFINITY_SECONDS))
                        .orElse(0));
    }

    /** Returns the hash flags. A sticky client is hashed without its port, which changes with each connection. */
    private int flags(boolean isSticky) {
        return isSticky ? hashFlags & ~ServerSpec.PORT : hashFlags;
    }
}

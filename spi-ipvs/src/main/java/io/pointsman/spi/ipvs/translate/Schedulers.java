package io.pointsman.spi.ipvs.translate;

import io.pointsman.linux.ipvs.ServerSpec;
import io.pointsman.plan.Balancing;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The kernel's schedulers (Linux net/netfilter/ipvs, Kconfig).
 *
 * @param usual for Services that name no algorithm
 * @param hashFlags of those that hash clients: {@link ServerSpec#FALLBACK}, {@link ServerSpec#PORT}, both or 0
 */
public record Schedulers(String usual, int hashFlags) {
    /** Every one, by the kernel's name; a kernel may have been built without some, and {@code twos} came with Linux 5.12. */
    public static final Set<String> ALL =
            Set.of("rr", "wrr", "lc", "wlc", "fo", "ovf", "lblc", "lblcr", "dh", "sh", "mh", "sed", "nq", "twos");

    /** The kernel counts in ticks of up to a thousandth of a second, in 31 bits. */
    static final int MAX_AFFINITY_SECONDS = 2_000_000;

    /** Those that put a client on a destination without looking whether it is in service, unless told. */
    private static final Set<String> HASHING = Set.of("sh", "mh");

    public Schedulers {
        if (!ALL.contains(usual)) {
            throw new IllegalArgumentException("scheduler \"" + usual + "\" is none of " + new TreeSet<>(ALL));
        }
    }

    /**
     * Flags by name: {@code fallback,port}, or {@code none}.
     *
     * @throws IllegalArgumentException for another name; the message has it
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
                (HASHING.contains(name) ? flags(isSticky) : 0) | (affinity.isPresent() ? ServerSpec.PERSISTENT : 0),
                affinity.map(timeout -> Math.clamp(timeout.toSeconds(), 1, MAX_AFFINITY_SECONDS))
                        .orElse(0));
    }

    /** With its port, a client would not stay where it is. */
    private int flags(boolean isSticky) {
        return isSticky ? hashFlags & ~ServerSpec.PORT : hashFlags;
    }
}

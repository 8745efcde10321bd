package io.pointsman.nat.reference;

import io.pointsman.model.IpAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Flows of packets' first fragments, so that later fragments, which have no ports, follow them. */
final class ModelFragments {
    private static final Duration LIFE = Duration.ofSeconds(30);

    /** Fields that all fragments of a packet share; for IPv6 without the protocol (RFC 8200, section 4.5). */
    private record Packet(@Nullable Transport protocol, IpAddress source, IpAddress destination, int id) {
        static Packet of(Tuple tuple, int id) {
            return new Packet(
                    tuple.source().isIpv4() ? tuple.protocol() : null, tuple.source(), tuple.destination(), id);
        }
    }

    /**
     * The flow and direction that a packet's first fragment belonged to.
     *
     * @param number counts first fragments
     */
    record Led(ModelFlow flow, boolean isOriginal, long untilNanos, long number) {}

    private final Map<Packet, Led> led = new HashMap<>();
    private long firsts;

    void put(Tuple tuple, int id, ModelFlow flow, boolean isOriginal, long nowNanos) {
        led.put(Packet.of(tuple, id), new Led(flow, isOriginal, nowNanos + LIFE.toNanos(), ++firsts));
    }

    Optional<Led> find(Tuple tuple, int id, long nowNanos) {
        return Optional.ofNullable(led.get(Packet.of(tuple, id))).filter(known -> known.untilNanos() - nowNanos > 0);
    }

    /** Whether the engine may have forgotten an entry: it keeps them in a cache, where a newer packet may take the place. */
    boolean mayBeForgotten(Led known) {
        return known.number() < firsts;
    }
}

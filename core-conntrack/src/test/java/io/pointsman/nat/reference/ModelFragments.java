package io.pointsman.nat.reference;

import io.pointsman.model.IpAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where the first fragments of packets went, so that the later ones, which have no ports, go there too. */
final class ModelFragments {
    private static final Duration LIFE = Duration.ofSeconds(30);

    /** What all fragments of a packet have in common; for IPv6 the protocol is no part of it (RFC 8200, section 4.5). */
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

    /** The engine keeps these in a cache, where a newer packet's may have taken the place. */
    boolean mayBeForgotten(Led known) {
        return known.number() < firsts;
    }
}

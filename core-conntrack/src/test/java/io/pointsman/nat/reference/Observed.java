package io.pointsman.nat.reference;

import java.util.Optional;

/**
 * What the engine did with a packet.
 *
 * @param tuple of the packet as it is now
 * @param quoted of the packet inside an ICMP error, as it is now
 */
public record Observed(Outcome outcome, Tuple tuple, Optional<Tuple> quoted) {
    /** What is wrong where this was to come of it, and why that. */
    Optional<String> expect(Outcome expected, String why) {
        return outcome == expected ? Optional.empty() : unlike(expected, why);
    }

    /** As {@link #expect}, with not a tuple changed. */
    Optional<String> expectUntouched(Outcome expected, ModelPacket packet, String why) {
        final boolean isUntouched = tuple.equals(packet.tuple())
                && (!(packet.content() instanceof ModelPacket.Content.IcmpError error)
                        || quoted.equals(Optional.of(error.quoted())));
        return outcome == expected && isUntouched ? Optional.empty() : unlike(expected, why);
    }

    private Optional<String> unlike(Outcome expected, String why) {
        return Optional.of("expected " + expected + " " + why + ", got " + this);
    }
}

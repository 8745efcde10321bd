package io.pointsman.nat.reference;

import java.util.Optional;

/**
 * Result of the engine for a packet.
 *
 * @param tuple the packet's tuple after processing
 * @param quoted tuple of the packet inside an ICMP error, after processing
 */
public record Observed(Outcome outcome, Tuple tuple, Optional<Tuple> quoted) {
    /** Returns the difference to the expected outcome, in words; empty if there is none. */
    Optional<String> expect(Outcome expected, String why) {
        return outcome == expected ? Optional.empty() : unlike(expected, why);
    }

    /** Returns the difference to the expected outcome with unchanged tuples. */
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

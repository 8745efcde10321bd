package io.pointsman.nat.reference;

import java.util.Optional;

/**
 * What the engine did with a packet.
 *
 * @param tuple of the packet as it is now
 * @param quoted of the packet inside an ICMP error, as it is now
 */
public record Observed(Outcome outcome, Tuple tuple, Optional<Tuple> quoted) {}

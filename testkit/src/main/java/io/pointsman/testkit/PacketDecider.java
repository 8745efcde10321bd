package io.pointsman.testkit;

/** Who says what becomes of first packets under one plan: the oracle, an engine, a data plane. */
@FunctionalInterface
public interface PacketDecider {
    /** What may become of the packet, given that its client has no affinity yet: every endpoint it may go to. */
    Outcome decide(FirstPacket packet);
}

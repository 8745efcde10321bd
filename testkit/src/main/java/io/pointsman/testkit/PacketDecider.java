package io.pointsman.testkit;

/** Decides on first packets under one plan: the oracle, an engine, a data plane. */
@FunctionalInterface
public interface PacketDecider {
    /** Returns the possible outcomes for a packet of a client without affinity: every endpoint it may go to. */
    Outcome decide(FirstPacket packet);
}

package io.pointsman.spi.nftables.render;

/** Level of counting for each service port, in ascending order. */
public enum Counting {
    /** Counts no traffic. */
    NONE,
    /** Connections with an endpoint, those among them by affinity, and first packets without one, by reason. */
    CONNECTIONS,
    /** The above, and all packets and bytes; costs a look-up for each packet. */
    PACKETS;

    boolean countsConnections() {
        return this != NONE;
    }

    boolean countsPackets() {
        return this == PACKETS;
    }
}

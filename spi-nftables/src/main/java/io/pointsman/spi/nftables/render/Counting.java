package io.pointsman.spi.nftables.render;

/** What is counted for each service port, from less to more. */
public enum Counting {
    /** Nothing. */
    NONE,
    /** Connections that got an endpoint, those of them by affinity, and first packets that got none, by the reason. */
    CONNECTIONS,
    /** And all packets and bytes, which costs a look-up for each packet. */
    PACKETS;

    boolean countsConnections() {
        return this != NONE;
    }

    boolean countsPackets() {
        return this == PACKETS;
    }
}

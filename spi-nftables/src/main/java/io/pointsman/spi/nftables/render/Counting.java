package io.pointsman.spi.nftables.render;

/** What is counted for each service port, from less to more. */
public enum Counting {
    /** Nothing. */
    NONE,
    /** Connections that got an endpoint, and first packets that were refused for want of one. */
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

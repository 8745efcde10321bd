package io.pointsman.linux.ipvs;

import java.util.Objects;

/**
 * Counters of a virtual server since it was made; the kernel updates them every two seconds.
 *
 * @param connections including flows of datagrams
 * @param packetsIn from clients
 * @param packetsOut to clients
 * @param bytesIn from clients, IP headers included
 * @param bytesOut to clients, IP headers included
 */
public record ServerCounts(
        ServerKey server, long connections, long packetsIn, long packetsOut, long bytesIn, long bytesOut) {
    public ServerCounts {
        Objects.requireNonNull(server, "server");
    }
}

package io.pointsman.linux.ipvs;

import java.util.Objects;

/**
 * What a virtual server did since it was made; the kernel adds it up every two seconds.
 *
 * @param connections and flows of datagrams
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

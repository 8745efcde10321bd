package io.pointsman.spi.ipvs.translate;

import io.pointsman.linux.ipvs.Destination;
import io.pointsman.linux.ipvs.ServerSpec;
import java.util.Map;
import java.util.Objects;

/**
 * A virtual server as the plan wants it.
 *
 * @param weights by destination, 0 to 65535; 0 takes no new connections
 * @param drains whether a destination that leaves keeps its connections for a while; datagrams have none
 */
public record ServerConfig(ServerSpec spec, Map<Destination, Integer> weights, boolean drains) {
    public ServerConfig {
        Objects.requireNonNull(spec, "spec");
        weights = Map.copyOf(weights);
    }
}

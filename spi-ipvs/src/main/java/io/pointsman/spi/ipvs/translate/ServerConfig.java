package io.pointsman.spi.ipvs.translate;

import io.pointsman.linux.ipvs.Destination;
import io.pointsman.linux.ipvs.ServerSpec;
import java.util.Map;
import java.util.Objects;

/**
 * Virtual server that a plan needs.
 *
 * @param weights weight by destination, 0 to 65535; a destination with 0 gets no new connections
 * @param drains whether a removed destination keeps its connections for a while; false for UDP
 */
public record ServerConfig(ServerSpec spec, Map<Destination, Integer> weights, boolean drains) {
    public ServerConfig {
        Objects.requireNonNull(spec, "spec");
        weights = Map.copyOf(weights);
    }
}

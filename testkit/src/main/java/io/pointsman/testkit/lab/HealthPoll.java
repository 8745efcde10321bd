package io.pointsman.testkit.lab;

import java.time.Duration;
import java.util.Objects;

/**
 * A load balancer's health check of a node: an HTTP GET that must be answered with 200.
 *
 * @param port the node's port: a Service's healthCheckNodePort, or the proxy's own health port
 * @param path path with its leading slash
 * @param interval time from the end of one round over all nodes to the start of the next
 * @param patience longest time for one answer
 * @param failuresUntilOut number of failures in a row that take a node out of use
 * @param successesUntilIn number of successes in a row that bring it back into use
 */
public record HealthPoll(
        int port, String path, Duration interval, Duration patience, int failuresUntilOut, int successesUntilIn) {
    private static final Duration INTERVAL = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    public HealthPoll {
        Objects.requireNonNull(interval, "interval");
        Objects.requireNonNull(patience, "patience");
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("health port " + port + " is not in 1..65535");
        }
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("health path \"" + path + "\" does not start with a slash");
        }
        if (failuresUntilOut < 1 || successesUntilIn < 1) {
            throw new IllegalArgumentException("a node goes out and comes in after at least one answer, not after "
                    + failuresUntilOut + " and " + successesUntilIn);
        }
    }

    /** Returns a check of {@code /healthz} at a port, five times a second; out after two failures, in after one success. */
    public static HealthPoll healthz(int port) {
        return new HealthPoll(port, "/healthz", INTERVAL, PATIENCE, 2, 1);
    }
}

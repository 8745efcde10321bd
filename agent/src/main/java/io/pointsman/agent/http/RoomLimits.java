package io.pointsman.agent.http;

/**
 * Maximum numbers of connections in a {@link Room}. If a limit is reached, the oldest idle connection that counts towards
 * it is closed, and the new one is served.
 *
 * @param connections over all listeners of the room, 1 or more
 * @param connectionsPerListener for each listener, 1 or more
 * @param connectionsPerClient for each IPv4 address or IPv6 /64 network, 1 or more
 */
public record RoomLimits(int connections, int connectionsPerListener, int connectionsPerClient) {
    /** Limits for all health check node ports together: one load balancer may ask at all of them at once. */
    public static final RoomLimits SHARED = new RoomLimits(512, 128, 256);

    /** Limits for a listener that requests to others must not affect: /livez, /metrics. */
    public static final RoomLimits OWN = new RoomLimits(64, 64, 48);

    public RoomLimits {
        requirePositive("connections", connections);
        requirePositive("connectionsPerListener", connectionsPerListener);
        requirePositive("connectionsPerClient", connectionsPerClient);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + value + " is not 1 or more");
        }
    }
}

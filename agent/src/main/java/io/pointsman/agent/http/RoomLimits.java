package io.pointsman.agent.http;

/**
 * How many connections a {@link Room} has. At a limit the oldest idle connection that counts towards it is closed, and the
 * newcomer is served.
 *
 * @param connections over all listeners of the room, 1 or more
 * @param connectionsPerListener share of one listener, 1 or more
 * @param connectionsPerClient share of one client address, for IPv6 of one /64 network, 1 or more
 */
public record RoomLimits(int connections, int connectionsPerListener, int connectionsPerClient) {
    /** For the health check node ports together: one balancer may ask at all of them at once. */
    public static final RoomLimits SHARED = new RoomLimits(512, 128, 256);

    /** For one listener that is not to suffer from what others get: /livez, /metrics. */
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

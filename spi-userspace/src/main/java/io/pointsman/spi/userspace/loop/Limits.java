package io.pointsman.spi.userspace.loop;

import io.pointsman.spi.SettingsReader;
import java.util.Locale;

/**
 * Limits on the resources that clients can take from this process.
 *
 * @param maxConnections TCP connections held at once, each with two sockets; beyond, new ones are reset
 * @param maxConnectionsPerClient TCP connections of one client address; beyond, its new ones are reset
 * @param maxUdpSessions UDP sessions held at once, each with a socket; beyond, a session whose queries are all answered is
 *     ended, else the one idle longest
 * @param maxUnsentBytes memory for bytes that were read and that the other side does not take; beyond, the slowest reader is
 *     reset
 */
public record Limits(int maxConnections, int maxConnectionsPerClient, int maxUdpSessions, long maxUnsentBytes) {
    public static final Limits DEFAULT = of(64 * 1024, 16 * 1024);

    private static final int MOST = 1 << 24;
    private static final int CLIENT_SHARE = 2;
    private static final long LEAST_UNSENT_BYTES = 64 * 1024;

    private static final int DESCRIPTORS_OF_CONNECTION = 2;
    private static final int HEAP_BYTES_OF_CONNECTION = 2048; // an estimate: the relay, its two ends, the flow
    private static final int HEAP_BYTES_OF_SESSION = 1024;
    private static final int HEAP_SHARE = 2;
    private static final int SESSIONS_SHARE = 8;

    public Limits {
        SettingsReader.requireRange("max-connections", maxConnections, 1, MOST);
        SettingsReader.requireRange("max-connections-per-client", maxConnectionsPerClient, 1, MOST);
        SettingsReader.requireRange("max-udp-sessions", maxUdpSessions, 1, MOST);
        if (maxUnsentBytes < LEAST_UNSENT_BYTES) {
            throw new IllegalArgumentException("max-unsent " + maxUnsentBytes + " is less than " + LEAST_UNSENT_BYTES);
        }
    }

    /** Returns limits with defaults for the other components. */
    static Limits of(int maxConnections, int maxUdpSessions) {
        return new Limits(maxConnections, shareOf(maxConnections), maxUdpSessions, DirectMemory.unsentBytes());
    }

    public static Limits read(SettingsReader read) {
        final int maxConnections = read.number("max-connections", DEFAULT.maxConnections);
        return new Limits(
                maxConnections,
                read.number("max-connections-per-client", shareOf(maxConnections)),
                read.number("max-udp-sessions", DEFAULT.maxUdpSessions),
                read.value("max-unsent", DEFAULT.maxUnsentBytes, Limits::bytes));
    }

    /**
     * Half: one client can't lock out all others, and clients that share an address (NAT, a load balancer) still have
     * enough.
     */
    private static int shareOf(int maxConnections) {
        return Math.max(1, maxConnections / CLIENT_SHARE);
    }

    /**
     * Fits the limits to what a process can hold, each reduced by the same factor. If descriptors are scarce, sessions get
     * at least an eighth of them if they want as many.
     *
     * @param descriptors descriptors that connections and sessions may take
     * @param heapBytes maximum heap size, half of which connections and sessions may take
     */
    Limits within(long descriptors, long heapBytes) {
        final long wantedBytes =
                (long) maxConnections * HEAP_BYTES_OF_CONNECTION + (long) maxUdpSessions * HEAP_BYTES_OF_SESSION;
        final double inHeap = Math.min(1, (double) heapBytes / HEAP_SHARE / wantedBytes);
        int connections = scaled(maxConnections, inHeap);
        int sessions = scaled(maxUdpSessions, inHeap);
        final long wanted = (long) connections * DESCRIPTORS_OF_CONNECTION + sessions;
        if (wanted > descriptors) {
            final long share =
                    Math.max((long) ((double) sessions * descriptors / wanted), descriptors / SESSIONS_SHARE);
            sessions = Math.clamp(share, 1, sessions);
            connections = Math.clamp((descriptors - sessions) / DESCRIPTORS_OF_CONNECTION, 1, connections);
        }
        final boolean isDefaultShare = maxConnectionsPerClient == shareOf(maxConnections);
        return new Limits(
                connections, isDefaultShare ? shareOf(connections) : maxConnectionsPerClient, sessions, maxUnsentBytes);
    }

    /** Descriptors in use when connections and sessions reach their limits. */
    int descriptors() {
        return maxConnections * DESCRIPTORS_OF_CONNECTION + maxUdpSessions;
    }

    private static int scaled(int number, double factor) {
        return Math.max(1, (int) (number * factor));
    }

    /**
     * Parses a size such as {@code 64k}, {@code 1m} or {@code 2g}; {@link ArithmeticException} or
     * {@link NumberFormatException} if the text is not one.
     */
    public static long bytes(String text) {
        final String trimmed = text.strip().toLowerCase(Locale.ROOT);
        final int shift = trimmed.endsWith("k") ? 10 : trimmed.endsWith("m") ? 20 : trimmed.endsWith("g") ? 30 : 0;
        final String digits = shift == 0 ? trimmed : trimmed.substring(0, trimmed.length() - 1);
        return Math.multiplyExact(Long.parseLong(digits), 1L << shift);
    }
}

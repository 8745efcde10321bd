package io.pointsman.nat;

import io.pointsman.conntrack.Timeouts;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How an engine is built. Fixed for its life.
 *
 * @param capacity IPv4 flows that fit, 1 to 2^28; the table takes 160 bytes for each
 * @param ipv6Capacity IPv6 flows that fit, 1 to 2^28; 320 bytes each
 * @param affinityCapacity client and service port pairs remembered for affinity, 1 to 2^28; 16 bytes each, twice over
 * @param snatPorts source ports a rewritten source may get
 * @param reservedPorts of these, ports that it never gets: the node ports
 * @param hashSeed makes hashing and random choices repeatable, for tests; empty draws a secret, as every engine that
 *     meets strangers' packets must
 * @param tcpBeLiberal TCP segments outside the window are let through, as {@code nf_conntrack_tcp_be_liberal} does; else
 *     windows are followed, at 16 bytes more for each slot, and no TCP packet takes the shortest path
 * @param tcpLoose a TCP flow may be picked up in its middle, as {@code nf_conntrack_tcp_loose} does
 * @param resetsRejectedTcp rejected TCP is answered with a RST; else, as everything, with ICMP port unreachable
 * @param forwardsEchoes an ICMP echo request to a VIP goes, translated, to an endpoint of the first of the VIP's rules, lowest
 *     port first; else it meets what the plan says about the rest of the address, as with kube-proxy
 * @param eventRingSize flow events that may wait for their readers, a power of two
 * @param countersFile where counters are kept for other processes to read; one engine's alone. Empty: plain memory
 */
public record EngineConfig(
        int capacity,
        int ipv6Capacity,
        int affinityCapacity,
        Timeouts timeouts,
        PortRange snatPorts,
        PortRange reservedPorts,
        OptionalLong hashSeed,
        boolean tcpBeLiberal,
        boolean tcpLoose,
        boolean resetsRejectedTcp,
        boolean forwardsEchoes,
        int eventRingSize,
        Optional<Path> countersFile) {
    private static final int MAX_CAPACITY = 1 << 28;

    /** 262,144 flows of each family; Linux's timeouts; any unprivileged port but Kubernetes' node ports. */
    public static final EngineConfig DEFAULT = new EngineConfig(
            1 << 18,
            1 << 18,
            1 << 16,
            Timeouts.DEFAULT,
            new PortRange(1024, 65535),
            new PortRange(30000, 32767),
            OptionalLong.empty(),
            true,
            true,
            true,
            false,
            1 << 14,
            Optional.empty());

    public EngineConfig {
        requireCapacity("capacity", capacity);
        requireCapacity("ipv6-capacity", ipv6Capacity);
        requireCapacity("affinity-capacity", affinityCapacity);
        Objects.requireNonNull(timeouts, "timeouts");
        Objects.requireNonNull(snatPorts, "snatPorts");
        Objects.requireNonNull(reservedPorts, "reservedPorts");
        Objects.requireNonNull(hashSeed, "hashSeed");
        Objects.requireNonNull(countersFile, "countersFile");
        if (reservedPorts.contains(snatPorts.first()) && reservedPorts.contains(snatPorts.last())) {
            throw new IllegalArgumentException(
                    "source ports " + snatPorts + " all lie in the reserved ports " + reservedPorts);
        }
        if (Integer.bitCount(eventRingSize) != 1) {
            throw new IllegalArgumentException("event ring size " + eventRingSize + " is not a power of two");
        }
    }

    private static void requireCapacity(String what, int value) {
        if (value < 1 || value > MAX_CAPACITY) {
            throw new IllegalArgumentException(what + " " + value + " is not in 1.." + MAX_CAPACITY);
        }
    }

    /** With room for this many flows of each family. */
    public EngineConfig withCapacity(int flows) {
        return new EngineConfig(
                flows,
                flows,
                affinityCapacity,
                timeouts,
                snatPorts,
                reservedPorts,
                hashSeed,
                tcpBeLiberal,
                tcpLoose,
                resetsRejectedTcp,
                forwardsEchoes,
                eventRingSize,
                countersFile);
    }

    public EngineConfig withTimeouts(Timeouts value) {
        return new EngineConfig(
                capacity,
                ipv6Capacity,
                affinityCapacity,
                value,
                snatPorts,
                reservedPorts,
                hashSeed,
                tcpBeLiberal,
                tcpLoose,
                resetsRejectedTcp,
                forwardsEchoes,
                eventRingSize,
                countersFile);
    }

    public EngineConfig withSnatPorts(PortRange range, PortRange reserved) {
        return new EngineConfig(
                capacity,
                ipv6Capacity,
                affinityCapacity,
                timeouts,
                range,
                reserved,
                hashSeed,
                tcpBeLiberal,
                tcpLoose,
                resetsRejectedTcp,
                forwardsEchoes,
                eventRingSize,
                countersFile);
    }

    public EngineConfig withHashSeed(long seed) {
        return new EngineConfig(
                capacity,
                ipv6Capacity,
                affinityCapacity,
                timeouts,
                snatPorts,
                reservedPorts,
                OptionalLong.of(seed),
                tcpBeLiberal,
                tcpLoose,
                resetsRejectedTcp,
                forwardsEchoes,
                eventRingSize,
                countersFile);
    }

    public EngineConfig withTcp(boolean beLiberal, boolean loose, boolean resetsRejected) {
        return new EngineConfig(
                capacity,
                ipv6Capacity,
                affinityCapacity,
                timeouts,
                snatPorts,
                reservedPorts,
                hashSeed,
                beLiberal,
                loose,
                resetsRejected,
                forwardsEchoes,
                eventRingSize,
                countersFile);
    }

    /** With echo requests to VIPs forwarded, or not. */
    public EngineConfig withEchoes(boolean forwarded) {
        return new EngineConfig(
                capacity,
                ipv6Capacity,
                affinityCapacity,
                timeouts,
                snatPorts,
                reservedPorts,
                hashSeed,
                tcpBeLiberal,
                tcpLoose,
                resetsRejectedTcp,
                forwarded,
                eventRingSize,
                countersFile);
    }

    public EngineConfig withEventRingSize(int size) {
        return new EngineConfig(
                capacity,
                ipv6Capacity,
                affinityCapacity,
                timeouts,
                snatPorts,
                reservedPorts,
                hashSeed,
                tcpBeLiberal,
                tcpLoose,
                resetsRejectedTcp,
                forwardsEchoes,
                size,
                countersFile);
    }

    public EngineConfig withCountersFile(Path file) {
        return new EngineConfig(
                capacity,
                ipv6Capacity,
                affinityCapacity,
                timeouts,
                snatPorts,
                reservedPorts,
                hashSeed,
                tcpBeLiberal,
                tcpLoose,
                resetsRejectedTcp,
                forwardsEchoes,
                eventRingSize,
                Optional.of(file));
    }
}

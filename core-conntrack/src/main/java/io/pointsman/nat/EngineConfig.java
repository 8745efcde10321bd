package io.pointsman.nat;

import io.pointsman.conntrack.Timeouts;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * How an engine is built. Fixed for its life. Made by {@link #builder}; holding one means it is valid.
 *
 * @param capacity IPv4 flows that fit, 1 to 2^28; the table takes 160 bytes for each
 * @param ipv6Capacity IPv6 flows that fit, 1 to 2^28; 320 bytes each
 * @param affinityCapacity client and service port pairs remembered for affinity, 1 to 2^28; 16 bytes each, twice over
 * @param snatPorts source ports a rewritten source may get; whatever this says, one below 512 becomes another below 512, and one
 *     below 1024 another from 600 to 1023
 * @param reservedPorts of these, ports that it never gets: the node ports
 * @param hashSeed makes hashing and random choices repeatable, for tests; empty draws a secret, as every engine that
 *     sees untrusted packets must
 * @param options what it does; what is not listed it leaves
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
        Set<Option> options,
        int eventRingSize,
        Optional<Path> countersFile) {
    /** What an engine does or leaves. */
    public enum Option {
        /**
         * TCP segments outside the window are let through, as {@code nf_conntrack_tcp_be_liberal} does; else windows are
         * followed, at 16 bytes more for each slot, and no TCP packet takes the shortest path.
         */
        TCP_BE_LIBERAL,
        /** A TCP flow may be picked up in its middle, as {@code nf_conntrack_tcp_loose} does. */
        TCP_LOOSE,
        /** Rejected TCP is answered with a RST; else, as everything, with ICMP port unreachable. */
        RESETS_REJECTED_TCP,
        /**
         * An ICMP echo request to a VIP goes, translated, to an endpoint of the first of the VIP's rules, lowest port
         * first; else it meets what the plan says about the rest of the address, as with kube-proxy.
         */
        FORWARDS_ECHOES
    }

    private static final int MAX_CAPACITY = 1 << 28;

    /** What {@link #builder} gives when nothing is set. */
    public static final EngineConfig DEFAULT = builder().build();

    public EngineConfig {
        requireCapacity("capacity", capacity);
        requireCapacity("ipv6-capacity", ipv6Capacity);
        requireCapacity("affinity-capacity", affinityCapacity);
        Objects.requireNonNull(timeouts, "timeouts");
        Objects.requireNonNull(snatPorts, "snatPorts");
        Objects.requireNonNull(reservedPorts, "reservedPorts");
        Objects.requireNonNull(hashSeed, "hashSeed");
        Objects.requireNonNull(countersFile, "countersFile");
        options = Set.copyOf(options);
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

    /** 262,144 flows of each family; Linux's timeouts; any unprivileged port but Kubernetes' node ports. */
    public static Builder builder() {
        return new Builder();
    }

    /** TCP segments outside the window are let through. */
    public boolean tcpBeLiberal() {
        return options.contains(Option.TCP_BE_LIBERAL);
    }

    /** A TCP flow may be picked up in its middle. */
    public boolean tcpLoose() {
        return options.contains(Option.TCP_LOOSE);
    }

    /** Rejected TCP is answered with a RST. */
    public boolean resetsRejectedTcp() {
        return options.contains(Option.RESETS_REJECTED_TCP);
    }

    /** Echo requests to VIPs are forwarded. */
    public boolean forwardsEchoes() {
        return options.contains(Option.FORWARDS_ECHOES);
    }

    /** Collects a configuration; what is not set is as {@link #builder} says. Not thread-safe. */
    public static final class Builder {
        private int capacity = 1 << 18;
        private int ipv6Capacity = 1 << 18;
        private int affinityCapacity = 1 << 16;
        private Timeouts timeouts = Timeouts.DEFAULT;
        private PortRange snatPorts = new PortRange(1024, 65535);
        private PortRange reservedPorts = new PortRange(30000, 32767);
        private OptionalLong hashSeed = OptionalLong.empty();
        private final Set<Option> options = EnumSet.complementOf(EnumSet.of(Option.FORWARDS_ECHOES));
        private int eventRingSize = 1 << 14;
        private Optional<Path> countersFile = Optional.empty();

        private Builder() {}

        /** Room for this many flows of each family. */
        public Builder capacity(int flows) {
            capacity = flows;
            ipv6Capacity = flows;
            return this;
        }

        public Builder ipv6Capacity(int flows) {
            ipv6Capacity = flows;
            return this;
        }

        public Builder affinityCapacity(int clients) {
            affinityCapacity = clients;
            return this;
        }

        public Builder timeouts(Timeouts value) {
            timeouts = value;
            return this;
        }

        /** Ports that a rewritten source may get, and those of them that it never gets. */
        public Builder snatPorts(PortRange range, PortRange reserved) {
            snatPorts = range;
            reservedPorts = reserved;
            return this;
        }

        public Builder hashSeed(long seed) {
            hashSeed = OptionalLong.of(seed);
            return this;
        }

        public Builder set(Option option, boolean on) {
            if (on) {
                options.add(option);
            } else {
                options.remove(option);
            }
            return this;
        }

        public Builder eventRingSize(int size) {
            eventRingSize = size;
            return this;
        }

        public Builder countersFile(Path file) {
            countersFile = Optional.of(file);
            return this;
        }

        /**
         * The configuration as set so far.
         *
         * @throws IllegalArgumentException naming what is out of range
         */
        public EngineConfig build() {
            return new EngineConfig(
                    capacity,
                    ipv6Capacity,
                    affinityCapacity,
                    timeouts,
                    snatPorts,
                    reservedPorts,
                    hashSeed,
                    options,
                    eventRingSize,
                    countersFile);
        }
    }
}

package io.pointsman.nat;

import io.pointsman.conntrack.Timeouts;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Configuration of an engine, fixed for its life. {@link #builder} makes it, and every instance is valid.
 *
 * @param capacity most IPv4 flows, 1 to 2^28; the table takes 160 bytes for each
 * @param ipv6Capacity most IPv6 flows, 1 to 2^28; 320 bytes for each
 * @param affinityCapacity pairs of client and service port remembered for affinity, 1 to 2^28; 16 bytes each, and twice as
 *     many are allocated
 * @param snatPorts source ports that a rewritten source may get. Privileged ports are exempt: one below 512 becomes another
 *     below 512, and one from 512 to 1023 becomes one from 600 to 1023
 * @param reservedPorts ports of {@code snatPorts} that are never used: the node ports
 * @param hashSeed makes hashing and random choices repeatable, for tests; empty draws a secret, which every engine that sees
 *     untrusted packets must have
 * @param options behaviours that are switched on; all others are off
 * @param eventRingSize flow events that may wait for their reader, a power of two
 * @param countersFile file in which other processes read the counters, for one engine only; empty: plain memory
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
    /** Behaviour that may be switched on. */
    public enum Option {
        /**
         * Accepts TCP segments outside the window, as {@code nf_conntrack_tcp_be_liberal} does. If off, windows are tracked,
         * which takes 16 bytes more for each slot and keeps TCP packets off the fast path.
         */
        TCP_BE_LIBERAL,
        /** Accepts TCP flows in mid-stream, as {@code nf_conntrack_tcp_loose} does. */
        TCP_LOOSE,
        /** Replies to rejected TCP with a RST. If off, with ICMP port unreachable, as for other protocols. */
        RESETS_REJECTED_TCP,
        /**
         * Forwards an ICMP echo request for a VIP, translated, to an endpoint of the VIP's first rule, lowest port first. If
         * off, the plan's decision about other packets to the VIP applies, as with kube-proxy.
         */
        FORWARDS_ECHOES
    }

    private static final int MAX_CAPACITY = 1 << 28;

    /** The configuration that {@link #builder} makes when nothing is set. */
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

    /**
     * Creates a builder. Its defaults: 262,144 flows of each family; Linux's timeouts; any unprivileged source port except
     * Kubernetes' node ports.
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Whether TCP segments outside the window are accepted. */
    public boolean tcpBeLiberal() {
        return options.contains(Option.TCP_BE_LIBERAL);
    }

    /** Whether TCP flows are accepted in mid-stream. */
    public boolean tcpLoose() {
        return options.contains(Option.TCP_LOOSE);
    }

    /** Whether rejected TCP is replied to with a RST. */
    public boolean resetsRejectedTcp() {
        return options.contains(Option.RESETS_REJECTED_TCP);
    }

    /** Whether echo requests to VIPs are forwarded. */
    public boolean forwardsEchoes() {
        return options.contains(Option.FORWARDS_ECHOES);
    }

    /** Builder of a configuration; {@link #builder} lists the defaults. Not thread-safe. */
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

        /** Sets the capacity, in flows of each family. */
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

        /** Sets the ports that a rewritten source may get, and those among them that are never used. */
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
         * Makes the configuration.
         *
         * @throws IllegalArgumentException naming a value that is out of range
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

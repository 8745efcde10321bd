package io.pointsman.spi.iptables.render;

import io.pointsman.linux.backend.StableHash;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.PoolEndpoint;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Renderer of rules that choose an endpoint of a pool and translate the connection to it. */
final class PoolRenderer {
    /** {@code XT_CLUSTER_NODES_MAX} in include/uapi/linux/netfilter/xt_cluster.h. */
    static final int MAX_HASH_CLASSES = 32;
    /** Maximum for two hash matches, one after the other. */
    static final int MAX_HASHED_ENDPOINTS = MAX_HASH_CLASSES * MAX_HASH_CLASSES;

    /**
     * Pool size up to which rules go into another chain. A chain costs iptables-nft more than a few longer rules do: with as
     * many chains as services, loading 10,000 services took twice as long.
     */
    private static final int MAX_SHORT = 8;

    private static final double PROBABILITY_UNIT = 0x8000_0000L; // xt_statistic compares 31 random bits
    private static final String[] ONE_OF = new String[64];

    static {
        for (int n = 1; n < ONE_OF.length; n++) {
            ONE_OF[n] = probability(1.0 / n);
        }
    }

    private final ServicePortName owner;
    private final Optional<Duration> affinity;
    private final Balancing balancing;

    PoolRenderer(ServicePortName owner, Optional<Duration> affinity, Balancing balancing) {
        this.owner = owner;
        this.affinity = affinity;
        this.balancing = balancing;
    }

    /** Returns a match for a protocol; ends in a blank. */
    static String anyOf(Protocol protocol) {
        return "-p " + DispatchKey.word(protocol) + " ";
    }

    /** Whether a pool has so few rules that they can share a chain with other pools' rules. */
    static boolean isShort(EndpointPool pool, Optional<Duration> affinity) {
        return affinity.isEmpty() && pool.size() <= MAX_SHORT;
    }

    /**
     * Returns the rules that choose an endpoint; empty without endpoints. Endpoints of weight 0 only keep the clients that
     * are bound to them.
     *
     * @param match match of each rule; names the protocol
     */
    String render(EndpointPool pool, String match) {
        final List<PoolEndpoint> endpoints = pool.endpoints().stream()
                .filter(endpoint -> endpoint.weight() > 0)
                .toList();
        final StringBuilder text = new StringBuilder(endpoints.size() * 128);
        affinity.ifPresent(timeout -> {
            for (PoolEndpoint endpoint : pool.endpoints()) {
                text.append(match)
                        .append("-m recent --update --seconds ")
                        .append(Math.max(1, timeout.toSeconds()))
                        .append(" --reap ")
                        .append(list(endpoint))
                        .append(destination(endpoint));
            }
        });
        long weightLeft = endpoints.stream().mapToLong(PoolEndpoint::weight).sum();
        for (int i = 0; i < endpoints.size(); i++) {
            final PoolEndpoint endpoint = endpoints.get(i);
            text.append(match).append(choice(i, endpoints.size(), endpoint.weight(), weightLeft));
            weightLeft -= endpoint.weight();
            if (affinity.isPresent()) {
                text.append("-m recent --set ").append(list(endpoint));
            }
            text.append(destination(endpoint));
        }
        return text.toString();
    }

    private static String destination(PoolEndpoint endpoint) {
        return "-j DNAT --to-destination " + endpoint + "\n";
    }

    /**
     * Returns the options for the list of clients bound to an endpoint. All VIPs of the service port share it. A match
     * refreshes the time of a client, as a new connection should.
     */
    private String list(PoolEndpoint endpoint) {
        final String mask = endpoint.address().isIpv4() ? "255.255.255.255" : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
        return "--name " + Names.PREFIX + StableHash.word(owner + "/" + endpoint) + " --mask " + mask + " --rsource ";
    }

    /**
     * Returns the match that takes endpoint {@code index}, with its probability given that the endpoints before it were not
     * taken.
     */
    private String choice(int index, int size, int weight, long weightLeft) {
        final int left = size - index;
        if (left == 1) {
            return "";
        }
        return switch (balancing) {
            case RANDOM, LEAST_CONNECTIONS -> random(left < ONE_OF.length ? ONE_OF[left] : probability(1.0 / left));
            case WEIGHTED -> random(probability((double) weight / weightLeft));
            case ROUND_ROBIN -> "-m statistic --mode nth --every " + left + " --packet 0 ";
            case SOURCE_HASH, MAGLEV ->
                size > MAX_HASHED_ENDPOINTS
                        ? random(probability(1.0 / left))
                        : hashed(index, size, owner.toString().hashCode());
        };
    }

    private static String random(String probability) {
        return "-m statistic --mode random --probability " + probability + " ";
    }

    /** Formats a probability as iptables-save prints it: a multiple of the unit, with 11 decimals. */
    private static String probability(double value) {
        return String.format(Locale.ROOT, "%.11f", Math.rint(value * PROBABILITY_UNIT) / PROBABILITY_UNIT);
    }

    /**
     * Returns a match by the kernel's hash of the original source address. More endpoints than hash classes are split into
     * groups first.
     */
    private static String hashed(int index, int size, int seed) {
        final int groups = (size + MAX_HASH_CLASSES - 1) / MAX_HASH_CLASSES;
        if (groups == 1) {
            return hashClass(index, size, seed);
        }
        final int group = index % groups;
        final int members = (size - group + groups - 1) / groups;
        return hashClass(group, groups, ~seed) + (members == 1 ? "" : hashClass(index / groups, members, seed));
    }

    private static String hashClass(int index, int classes, int seed) {
        return String.format(
                Locale.ROOT,
                "-m cluster --cluster-local-nodemask 0x%08x --cluster-total-nodes %d --cluster-hash-seed 0x%08x ",
                1 << index,
                classes,
                seed);
    }
}

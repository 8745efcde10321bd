package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Bytes;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.Rule;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Kinds of named counters of a service port. */
public enum Counter {
    /** First packets that were translated: connections. */
    CONNECTIONS("connections", Layout.CONNECTIONS, Layout.NODE_CONNECTIONS),
    /** First packets sent to the endpoint that their client is bound to. */
    AFFINITY_HITS("affinity-hits", Layout.AFFINITY_HITS, Layout.AFFINITY_HITS),
    /** First packets refused because there was no endpoint. */
    REFUSED("refused", Layout.REFUSED, Layout.NODE_REFUSED),
    /** First packets dropped because no source range contains their source. */
    DENIED("denied", Layout.DENIED, Layout.NODE_DENIED),
    /** First packets dropped because none of the endpoints may serve them. */
    DROPPED("dropped", Layout.DROPPED, Layout.NODE_DROPPED),
    /** Packets of clients. */
    FROM_CLIENTS("from-clients", Layout.FROM_CLIENTS, Layout.NODE_FROM_CLIENTS),
    /** Packets to clients. */
    TO_CLIENTS("to-clients", Layout.TO_CLIENTS, Layout.NODE_TO_CLIENTS);

    private static final int MAX_PART = 63;
    private static final int HASH_BYTES = 16;

    private final String word;
    final String byVip;
    final String byNodePort;

    Counter(String word, String byVip, String byNodePort) {
        this.word = word;
        this.byVip = byVip;
        this.byNodePort = byNodePort;
    }

    /** Whether the keys of its maps are frontends, and not numbers of sessions. */
    boolean isOfFrontends() {
        return this != AFFINITY_HITS;
    }

    boolean isIn(Counting counting) {
        return switch (this) {
            case CONNECTIONS, AFFINITY_HITS, REFUSED, DENIED, DROPPED -> counting.countsConnections();
            case FROM_CLIENTS, TO_CLIENTS -> counting.countsPackets();
        };
    }

    /** Names of all that a rule counts by, and perhaps of some that it does not. */
    public static List<String> of(Rule rule, Counting counting) {
        final List<String> names = new ArrayList<>();
        for (Counter counter : values()) {
            if (counter.isIn(counting) && counter.isPossible(rule)) {
                names.add(counter.of(rule.owner()));
            }
        }
        return names;
    }

    private boolean isPossible(Rule rule) {
        return switch (this) {
            case CONNECTIONS -> rule.forwards();
            case AFFINITY_HITS -> rule.forwards() && rule.affinity().isPresent();
            case REFUSED -> !rule.actions().stream().allMatch(Counter::reachesAnEndpoint);
            case DENIED -> !rule.allowedSources().isEmpty();
            case DROPPED -> rule.actions().stream().anyMatch(Action.Drop.class::isInstance);
            case FROM_CLIENTS, TO_CLIENTS -> true;
        };
    }

    private static boolean reachesAnEndpoint(Action action) {
        return action instanceof Action.Forward(EndpointPool pool, boolean _)
                && pool.endpoints().stream().anyMatch(endpoint -> endpoint.weight() > 0);
    }

    /** The counter's name, {@code connections/default/web/http/tcp}; by a hash where that is no name for nft. */
    public String of(ServicePortName owner) {
        final String namespace = owner.service().namespace();
        final String service = owner.service().name();
        final String port = owner.portName();
        return isReadable(namespace) && isReadable(service) && isReadable(port)
                ? word
                        + '/'
                        + namespace
                        + '/'
                        + service
                        + '/'
                        + port
                        + '/'
                        + owner.protocol().name().toLowerCase(Locale.ROOT)
                : word + '/' + hash(owner);
    }

    /** Whether nft reads it as part of a name: the characters that Kubernetes allows in names. */
    private static boolean isReadable(String part) {
        for (int i = 0; i < part.length(); i++) {
            final char c = part.charAt(i);
            if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.') {
                return false;
            }
        }
        return part.length() <= MAX_PART;
    }

    private static String hash(ServicePortName owner) {
        try {
            // each part with its length, so that no two owners have the same text
            final String text = owner.service().namespace().length() + "."
                    + owner.service().namespace()
                    + owner.service().name().length() + "." + owner.service().name() + owner.portName() + "."
                    + owner.protocol();
            final byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Bytes.of(Arrays.copyOf(digest, HASH_BYTES)).toString();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}

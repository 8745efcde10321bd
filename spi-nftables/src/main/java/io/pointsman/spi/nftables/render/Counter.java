package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Bytes;
import io.pointsman.model.ServicePortName;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Locale;

/** What a named counter of a service port counts. */
public enum Counter {
    /** First packets that were translated: connections. */
    CONNECTIONS("connections", Layout.CONNECTIONS, Layout.NODE_CONNECTIONS),
    /** First packets that went where their client is bound to. */
    AFFINITY_HITS("affinity-hits", Layout.AFFINITY_HITS, Layout.AFFINITY_HITS),
    /** First packets that were refused since there was no endpoint. */
    REFUSED("refused", Layout.REFUSED, Layout.NODE_REFUSED),
    /** First packets that were dropped since their source is in none of the ranges. */
    DENIED("denied", Layout.DENIED, Layout.NODE_DENIED),
    /** First packets that were dropped since there are endpoints, but none for them. */
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

    /** Whether its maps have the keys of frontends, not numbers of sessions. */
    boolean isOfFrontends() {
        return this != AFFINITY_HITS;
    }

    boolean isIn(Counting counting) {
        return switch (this) {
            case CONNECTIONS, AFFINITY_HITS, REFUSED, DENIED, DROPPED -> counting.countsConnections();
            case FROM_CLIENTS, TO_CLIENTS -> counting.countsPackets();
        };
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

    /** Whether nft reads it as part of a name: what Kubernetes lets objects be called. */
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
            // each part with its length, so that no two owners come to the same text
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

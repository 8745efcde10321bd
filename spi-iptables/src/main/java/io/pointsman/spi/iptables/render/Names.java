package io.pointsman.spi.iptables.render;

import io.pointsman.linux.backend.StableHash;

/**
 * Names of chains. Each is a function of what the chain stands for, so a restarted process finds its own again; none is
 * longer than {@value #MAX_LENGTH} characters ({@code XT_EXTENSION_MAXNAMELEN} in include/uapi/linux/netfilter/x_tables.h
 * less its terminator).
 */
public final class Names {
    static final int MAX_LENGTH = 28;

    /** Starts the name of every chain and of every {@code recent} list of ours. */
    public static final String PREFIX = "PTS-";

    /** In table nat: from PREROUTING and OUTPUT. */
    public static final String SERVICES = "PTS-SERVICES";
    /** In table nat: from POSTROUTING. */
    static final String POSTROUTING = "PTS-POSTROUTING";
    /** In table nat: rewrites the source and takes back the mark that told to. */
    public static final String MASQUERADE = "PTS-MASQUERADE";
    /** In table nat: frontends by VIP. */
    public static final String VIPS = "PTS-V";
    /** In table nat: node ports. */
    public static final String NODE_PORTS = "PTS-N";

    /** In table filter: from the built-in chain of that name. */
    static final String INPUT = "PTS-INPUT";

    public static final String FORWARD = "PTS-FORWARD";
    static final String OUTPUT = "PTS-OUTPUT";
    /** In table filter: forwarded packets of connections that have had no answer. */
    static final String UNANSWERED = "PTS-UNANSWERED";
    /** In table filter: from the end of FORWARD, what nat translated and nobody stopped. */
    static final String TRANSLATED = "PTS-TRANSLATED";
    /** In table filter: new connections that nat did not translate. */
    public static final String UNTRANSLATED = "PTS-UNTRANSLATED";
    /** In table filter: packets of no known connection. */
    static final String INVALID = "PTS-INVALID";
    /** In table filter: frontends by VIP that refuse somebody. */
    static final String REFUSED_VIPS = "PTS-W";
    /** In table filter: node ports that refuse somebody. */
    static final String REFUSED_NODE_PORTS = "PTS-M";
    /** In table filter: cluster addresses, for ports that no Service has there. */
    static final String CLUSTER_IPS = "PTS-U";

    /** The kind of chains in table filter that drop who is in none of a rule's source ranges, and nobody else. */
    static final char GUARD = 'G';

    private Names() {}

    /** Whether a chain drops who is in none of a rule's source ranges, and nobody else. */
    public static boolean isGuard(String chain) {
        return chain.startsWith(PREFIX + GUARD + '-');
    }

    /** The chain of one letter's kind that stands for this text. */
    static String hashed(char kind, String text) {
        return PREFIX + kind + '-' + StableHash.word(text);
    }
}

package io.pointsman.spi.iptables.render;

import io.pointsman.linux.backend.StableHash;

/**
 * Names of chains. Each depends only on the chain's purpose, so that a restarted process finds its own chains. No name is
 * longer than {@value #MAX_LENGTH} characters ({@code XT_EXTENSION_MAXNAMELEN} in include/uapi/linux/netfilter/x_tables.h
 * less its terminator).
 */
public final class Names {
    static final int MAX_LENGTH = 28;

    /** Prefix of the names of our chains and {@code recent} lists. */
    public static final String PREFIX = "PTS-";

    /** Chain of table nat, jumped to from PREROUTING and OUTPUT. */
    public static final String SERVICES = "PTS-SERVICES";
    /** Chain of table nat, jumped to from POSTROUTING. */
    static final String POSTROUTING = "PTS-POSTROUTING";
    /** Chain of table nat that rewrites the source and clears the masquerade mark. */
    public static final String MASQUERADE = "PTS-MASQUERADE";
    /** Chain of table nat: frontends by VIP. */
    public static final String VIPS = "PTS-V";
    /** Chain of table nat: node ports. */
    public static final String NODE_PORTS = "PTS-N";

    /** Chain of table filter, jumped to from INPUT. */
    static final String INPUT = "PTS-INPUT";

    public static final String FORWARD = "PTS-FORWARD";
    static final String OUTPUT = "PTS-OUTPUT";
    /** Chain of table filter: forwarded packets of connections without an answer. */
    static final String UNANSWERED = "PTS-UNANSWERED";
    /** Chain of table filter, at the end of FORWARD: translated packets that no rule has dropped. */
    static final String TRANSLATED = "PTS-TRANSLATED";
    /** Chain of table filter: new connections that nat did not translate. */
    public static final String UNTRANSLATED = "PTS-UNTRANSLATED";
    /** Chain of table filter: packets of no known connection. */
    static final String INVALID = "PTS-INVALID";
    /** Chain of table filter: frontends by VIP that refuse some clients. */
    static final String REFUSED_VIPS = "PTS-W";
    /** Chain of table filter: node ports that refuse some clients. */
    static final String REFUSED_NODE_PORTS = "PTS-M";
    /** Chain of table filter: cluster addresses, for ports without a Service. */
    static final String CLUSTER_IPS = "PTS-U";

    /** Letter of table filter's chains that drop only clients outside a rule's source ranges. */
    static final char GUARD = 'G';

    private Names() {}

    /** Whether a chain drops only clients outside a rule's source ranges. */
    public static boolean isGuard(String chain) {
        return chain.startsWith(PREFIX + GUARD + '-');
    }

    /** Returns the name of a chain of a kind, derived from a text that identifies it. */
    static String hashed(char kind, String text) {
        return PREFIX + kind + '-' + StableHash.word(text);
    }
}

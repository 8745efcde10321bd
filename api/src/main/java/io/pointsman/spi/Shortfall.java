package io.pointsman.spi;

import java.util.Objects;

/**
 * Something that a rule asks for and a backend can't do.
 *
 * @param reason what is wrong, in words, without a full stop
 */
public record Shortfall(Aspect aspect, String reason) {
    /** What a shortfall is about. */
    public enum Aspect {
        /** The rule's protocol. The rule can't be carried out at all. */
        PROTOCOL,
        /** The rule's address family. The rule can't be carried out at all. */
        FAMILY,
        /** Some of the addresses that the rule is for; it works on the others. */
        ADDRESS,
        /** How endpoints are chosen. */
        BALANCING,
        /** That clients keep their endpoint. */
        AFFINITY,
        /** The PROXY protocol header in front of connections. */
        PROXY_HEADER,
        /** That endpoints see the client's own address. */
        CLIENT_SOURCE
    }

    public Shortfall {
        Objects.requireNonNull(aspect, "aspect");
        Objects.requireNonNull(reason, "reason");
    }

    /** The same shortfall in other words. */
    public Shortfall saying(String words) {
        return new Shortfall(aspect, words);
    }

    /** {@code UNSUPPORTED} where the rule can't be in force, else {@code DEGRADED}. */
    public RuleProblem.Kind kind() {
        return switch (aspect) {
            case PROTOCOL, FAMILY -> RuleProblem.Kind.UNSUPPORTED;
            case ADDRESS, BALANCING, AFFINITY, PROXY_HEADER, CLIENT_SOURCE -> RuleProblem.Kind.DEGRADED;
        };
    }
}

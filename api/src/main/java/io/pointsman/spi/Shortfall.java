package io.pointsman.spi;

import java.util.Objects;

/**
 * A part of a rule that a backend can't carry out.
 *
 * @param reason what is wrong, in words, without a full stop
 */
public record Shortfall(Aspect aspect, String reason) {
    /** Subject of a shortfall. */
    public enum Aspect {
        /** The rule's protocol. The rule can't be carried out at all. */
        PROTOCOL,
        /** The rule's address family. The rule can't be carried out at all. */
        FAMILY,
        /** Some of the rule's addresses; it works on the others. */
        ADDRESS,
        /** The algorithm that chooses endpoints. */
        BALANCING,
        /** Session affinity of clients. */
        AFFINITY,
        /** The PROXY protocol header in front of connections. */
        PROXY_HEADER,
        /** The client's own address, as seen by endpoints. */
        CLIENT_SOURCE
    }

    public Shortfall {
        Objects.requireNonNull(aspect, "aspect");
        Objects.requireNonNull(reason, "reason");
    }

    /** Returns this shortfall with another reason. */
    public Shortfall saying(String words) {
        return new Shortfall(aspect, words);
    }

    /** Returns {@code UNSUPPORTED} if the rule can't be in force, else {@code DEGRADED}. */
    public RuleProblem.Kind kind() {
        return switch (aspect) {
            case PROTOCOL, FAMILY -> RuleProblem.Kind.UNSUPPORTED;
            case ADDRESS, BALANCING, AFFINITY, PROXY_HEADER, CLIENT_SOURCE -> RuleProblem.Kind.DEGRADED;
        };
    }
}

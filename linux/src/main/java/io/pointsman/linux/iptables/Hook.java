package io.pointsman.linux.iptables;

/**
 * A jump from a built-in chain to a chain of ours.
 *
 * @param builtIn {@code PREROUTING}, say
 * @param end where in the built-in chain it is put; once there it is left wherever it is
 */
public record Hook(String builtIn, String chain, End end) {
    /** An end of a chain. */
    public enum End {
        HEAD,
        TAIL
    }

    /** A jump at the head. */
    public Hook(String builtIn, String chain) {
        this(builtIn, chain, End.HEAD);
    }

    /** The rule, without the chain it is in. */
    public String rule() {
        return "-j " + chain;
    }
}

package io.pointsman.linux.iptables;

/**
 * A jump from a built-in chain to a chain of ours.
 *
 * @param builtIn {@code PREROUTING}, for example
 * @param end at which it is inserted in the built-in chain; an existing jump stays at its place
 */
public record Hook(String builtIn, String chain, End end) {
    /** An end of a chain. */
    public enum End {
        HEAD,
        TAIL
    }

    /** Creates a jump at the head. */
    public Hook(String builtIn, String chain) {
        this(builtIn, chain, End.HEAD);
    }

    /** Returns the rule, without the chain that it is in. */
    public String rule() {
        return "-j " + chain;
    }
}

package io.pointsman.linux.nftables;

import java.util.Locale;
import java.util.Objects;

/**
 * Where a packet goes on.
 *
 * @param chain of {@link Kind#JUMP} and {@link Kind#GOTO}; empty for the others
 */
public record Verdict(Kind kind, String chain) {
    public static final Verdict ACCEPT = new Verdict(Kind.ACCEPT, "");
    public static final Verdict DROP = new Verdict(Kind.DROP, "");
    public static final Verdict CONTINUE = new Verdict(Kind.CONTINUE, "");
    public static final Verdict RETURN = new Verdict(Kind.RETURN, "");

    /** What kind, with the kernel's number ({@code NF_*}, {@code NFT_*}). */
    public enum Kind {
        DROP(0),
        ACCEPT(1),
        CONTINUE(-1),
        /** Rules that end early have this inside the kernel only. */
        BREAK(-2),
        JUMP(-3),
        GOTO(-4),
        RETURN(-5);

        private final int number;

        Kind(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    public Verdict {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(chain, "chain");
        if ((kind == Kind.JUMP || kind == Kind.GOTO) == chain.isEmpty()) {
            throw new IllegalArgumentException(kind + " with the chain \"" + chain + "\"");
        }
    }

    /** To a chain and, at its end, back; the kernel allows 16 levels. */
    public static Verdict jump(String chain) {
        return new Verdict(Kind.JUMP, chain);
    }

    /** To a chain and, at its end, to where the last jump came from. */
    public static Verdict goTo(String chain) {
        return new Verdict(Kind.GOTO, chain);
    }

    /** As nft writes it. */
    @Override
    public String toString() {
        final String word = kind.name().toLowerCase(Locale.ROOT);
        return chain.isEmpty() ? word : word + " " + chain;
    }
}

package io.pointsman.linux.nftables;

import java.util.Locale;
import java.util.Objects;

/**
 * Decision about the further path of a packet.
 *
 * @param chain target of {@link Kind#JUMP} and {@link Kind#GOTO}; empty for the others
 */
public record Verdict(Kind kind, String chain) {
    public static final Verdict ACCEPT = new Verdict(Kind.ACCEPT, "");
    public static final Verdict DROP = new Verdict(Kind.DROP, "");
    public static final Verdict CONTINUE = new Verdict(Kind.CONTINUE, "");
    public static final Verdict RETURN = new Verdict(Kind.RETURN, "");

    /** Kind of verdict, with the kernel's number ({@code NF_*}, {@code NFT_*}). */
    public enum Kind {
        DROP(0),
        ACCEPT(1),
        CONTINUE(-1),
        /** Used inside the kernel only, for rules that end early. */
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

    /** Continues in a chain and returns at its end; the kernel allows 16 levels. */
    public static Verdict jump(String chain) {
        return new Verdict(Kind.JUMP, chain);
    }

    /** Continues in a chain; its end returns to the origin of the last jump. */
    public static Verdict goTo(String chain) {
        return new Verdict(Kind.GOTO, chain);
    }

    /** Returns the verdict as nft writes it. */
    @Override
    public String toString() {
        final String word = kind.name().toLowerCase(Locale.ROOT);
        return chain.isEmpty() ? word : word + " " + chain;
    }
}

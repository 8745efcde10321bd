package io.pointsman.linux.nftables;

import java.util.Objects;
import java.util.Optional;

/**
 * A chain of rules.
 *
 * @param base hook at which the kernel calls the chain; empty for a chain that rules jump to
 * @param comment empty for none
 */
public record Chain(String name, Optional<Base> base, String comment) {
    /** Type of a chain, which limits its rules. */
    public enum Type {
        FILTER("filter"),
        NAT("nat"),
        ROUTE("route");

        private final String text;

        Type(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    /** Hook in a packet's path ({@code NF_INET_*}). */
    public enum Hook {
        PREROUTING(0),
        INPUT(1),
        FORWARD(2),
        OUTPUT(3),
        POSTROUTING(4);

        private final int number;

        Hook(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /** Verdict about a packet that reaches the end of the chain. */
    public enum Policy {
        DROP(0),
        ACCEPT(1);

        private final int number;

        Policy(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /**
     * Hook at which the kernel calls a chain, and its position there.
     *
     * @param priority lower runs first; dstnat is -100, filter 0, srcnat 100
     */
    public record Base(Type type, Hook hook, int priority, Policy policy) {
        public Base {
            Objects.requireNonNull(type, "type");
            Objects.requireNonNull(hook, "hook");
            Objects.requireNonNull(policy, "policy");
        }
    }

    public Chain {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(base, "base");
        Objects.requireNonNull(comment, "comment");
    }

    /** Creates a chain that rules jump to. */
    public static Chain regular(String name) {
        return new Chain(name, Optional.empty(), "");
    }

    /** Creates a chain that the kernel calls, and that accepts packets at its end. */
    public static Chain base(String name, Type type, Hook hook, int priority) {
        return new Chain(name, Optional.of(new Base(type, hook, priority, Policy.ACCEPT)), "");
    }

    public Chain commented(String text) {
        return new Chain(name, base, text);
    }
}

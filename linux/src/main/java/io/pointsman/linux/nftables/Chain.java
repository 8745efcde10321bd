package io.pointsman.linux.nftables;

import java.util.Objects;
import java.util.Optional;

/**
 * A chain of rules.
 *
 * @param base where the kernel calls it; empty for one that rules jump to
 * @param comment empty for none
 */
public record Chain(String name, Optional<Base> base, String comment) {
    /** What its rules may do. */
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

    /** Where in a packet's way ({@code NF_INET_*}). */
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

    /** What becomes of a packet at the end. */
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
     * Where the kernel calls a chain.
     *
     * @param priority smaller comes first; dstnat is -100, filter 0, srcnat 100
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

    /** One that rules jump to. */
    public static Chain regular(String name) {
        return new Chain(name, Optional.empty(), "");
    }

    /** One that the kernel calls, and that accepts what comes to its end. */
    public static Chain base(String name, Type type, Hook hook, int priority) {
        return new Chain(name, Optional.of(new Base(type, hook, priority, Policy.ACCEPT)), "");
    }

    public Chain commented(String text) {
        return new Chain(name, base, text);
    }
}

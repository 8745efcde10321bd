package io.pointsman.linux.ipset;

import io.pointsman.linux.AddressFamily;
import io.pointsman.model.IpFamily;
import java.util.Objects;

/**
 * An ipset, with what is given when it is made.
 *
 * @param name of 31 bytes at most
 * @param family of its addresses; of the packets that it is for if it has no addresses
 * @param isMarked whether its elements carry packet marks
 */
public record Ipset(String name, Type type, IpFamily family, boolean isMarked) {
    /** A set type of the kernel, in the first revision that supports marks, if any does: Linux 3.19. */
    public enum Type {
        /** Elements are addresses. */
        IP("hash:ip", 4),
        /** Elements are {@code address,protocol:port}. */
        IP_PORT("hash:ip,port", 5),
        /** Elements are {@code address,protocol:port,range}. */
        IP_PORT_NET("hash:ip,port,net", 7),
        /** Elements are ports, of any protocol and family. */
        PORT("bitmap:port", 0);

        private final String word;
        private final int revision;

        Type(String word, int revision) {
            this.word = word;
            this.revision = revision;
        }

        /** Returns the kernel's name: {@code hash:ip,port}. */
        String word() {
            return word;
        }

        int revision() {
            return revision;
        }
    }

    public Ipset {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(family, "family");
    }

    /** Returns the number of the set's address family in messages; {@code AF_UNSPEC} for a set of ports. */
    int addressFamily() {
        return type == Type.PORT ? AddressFamily.AF_UNSPEC : AddressFamily.number(family);
    }
}

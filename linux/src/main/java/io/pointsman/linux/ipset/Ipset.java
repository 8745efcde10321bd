package io.pointsman.linux.ipset;

import io.pointsman.linux.AddressFamily;
import io.pointsman.model.IpFamily;
import java.util.Objects;

/**
 * A set, as it is made.
 *
 * @param name of 31 bytes at most
 * @param family of its addresses, or of the packets that it is for where it has none
 * @param isMarked its elements carry marks of packets
 */
public record Ipset(String name, Type type, IpFamily family, boolean isMarked) {
    /** A type of the kernel's, in the first revision that knows marks where it does: Linux 3.19. */
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

        /** The kernel's name: {@code hash:ip,port}. */
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

    /** As the kernel is told it. */
    int addressFamily() {
        return type == Type.PORT ? AddressFamily.AF_UNSPEC : AddressFamily.number(family);
    }
}

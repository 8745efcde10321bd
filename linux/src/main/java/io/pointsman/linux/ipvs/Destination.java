package io.pointsman.linux.ipvs;

import io.pointsman.model.IpAddress;
import java.util.Comparator;

/** A destination of a virtual server: an endpoint, in the kernel's term. */
public record Destination(IpAddress address, int port) implements Comparable<Destination> {
    private static final Comparator<Destination> ORDER =
            Comparator.comparing(Destination::address).thenComparingInt(Destination::port);

    @Override
    public int compareTo(Destination other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return address.withPort(port);
    }
}

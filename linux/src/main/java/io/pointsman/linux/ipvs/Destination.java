package io.pointsman.linux.ipvs;

import io.pointsman.model.IpAddress;
import java.util.Comparator;

/** One of the places to which a virtual server sends. */
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

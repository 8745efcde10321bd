package io.pointsman.linux.nftables;

import java.util.Collection;
import java.util.Collections;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A table of connections whose packets the kernel forwards as they come in at these interfaces, past routing and all other
 * rules. A rule enters connections: {@link Expression.Offload}. Counters of connection tracking go on.
 *
 * @param devices names of interfaces; some kernels tell of one that has gone, others do not
 */
public record Flowtable(String name, SortedSet<String> devices) {
    public Flowtable {
        Objects.requireNonNull(name, "name");
        devices = Collections.unmodifiableSortedSet(new TreeSet<>(devices));
    }

    /** Of no interface yet. */
    public static Flowtable of(String name) {
        return new Flowtable(name, new TreeSet<>());
    }

    public Flowtable with(Collection<String> others) {
        return new Flowtable(name, new TreeSet<>(others));
    }
}

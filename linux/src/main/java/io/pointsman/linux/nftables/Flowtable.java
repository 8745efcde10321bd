package io.pointsman.linux.nftables;

import java.util.Collection;
import java.util.Collections;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A table of connections whose packets the kernel forwards on arrival at these interfaces, past routing and all other rules.
 * A rule adds connections: {@link Expression.Offload}. Connection tracking continues to count.
 *
 * @param devices names of interfaces; some kernels still list one that has disappeared, others do not
 */
public record Flowtable(String name, SortedSet<String> devices) {
    public Flowtable {
        Objects.requireNonNull(name, "name");
        devices = Collections.unmodifiableSortedSet(new TreeSet<>(devices));
    }

    /** Creates a flowtable without interfaces. */
    public static Flowtable of(String name) {
        return new Flowtable(name, new TreeSet<>());
    }

    public Flowtable with(Collection<String> others) {
        return new Flowtable(name, new TreeSet<>(others));
    }
}

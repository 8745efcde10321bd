package io.pointsman.spi.iptables.render;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.plan.Frontend;
import io.pointsman.spi.RuleProblem;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One service port in one family, rendered.
 *
 * @param natChains text by name; no other service port has chains of these names
 * @param filterChains the same in table filter
 * @param natEntries rules for the tree of frontends
 * @param filterEntries the same in table filter
 * @param clusterIps addresses where ports that no Service has may be refused
 * @param marks policies whose chains it jumps to
 * @param endpointRanges small ranges that hold its endpoints
 * @param problems of its rules
 */
record RenderedServicePort(
        Map<String, String> natChains,
        Map<String, String> filterChains,
        Map<Frontend, String> natEntries,
        Map<Frontend, String> filterEntries,
        Set<IpAddress> clusterIps,
        Set<MarkPolicy> marks,
        Set<Cidr> endpointRanges,
        List<RuleProblem> problems) {
    RenderedServicePort {
        natChains = small(natChains);
        filterChains = small(filterChains);
        natEntries = small(natEntries);
        filterEntries = small(filterEntries);
        clusterIps = small(clusterIps);
        marks = small(marks);
        endpointRanges = small(endpointRanges);
        problems = List.copyOf(problems);
    }

    static final RenderedServicePort NONE =
            new RenderedServicePort(Map.of(), Map.of(), Map.of(), Map.of(), Set.of(), Set.of(), Set.of(), List.of());

    /** The names of its chains, of both tables. */
    Stream<String> chains() {
        return Stream.concat(natChains.keySet().stream(), filterChains.keySet().stream());
    }

    /** Most have one entry or none, and there are tens of thousands: hash tables for them were half of a unit's memory. */
    private static <K, V> Map<K, V> small(Map<K, V> map) {
        return map.size() > 1 ? map : Map.copyOf(map);
    }

    private static <E> Set<E> small(Set<E> set) {
        return set.size() > 1 ? set : Set.copyOf(set);
    }
}

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
 * Rendered rules of one service port in one family.
 *
 * @param natChains text by name, in table nat; no other service port has chains of these names
 * @param filterChains text by name, in table filter
 * @param natEntries rules by frontend for the dispatch trees of table nat
 * @param filterEntries rules by frontend for the dispatch trees of table filter
 * @param clusterIps cluster addresses, at which ports without a Service may be refused
 * @param marks policies whose chains the rules jump to
 * @param endpointRanges small ranges that contain the endpoints
 * @param problems problems of the rules
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

    /** Names of the chains, in both tables. */
    Stream<String> chains() {
        return Stream.concat(natChains.keySet().stream(), filterChains.keySet().stream());
    }

    /**
     * Returns a compact copy if a map has at most one entry, which is true of most. There are tens of thousands, and hash
     * tables took half of a service port's memory.
     */
    private static <K, V> Map<K, V> small(Map<K, V> map) {
        return map.size() > 1 ? map : Map.copyOf(map);
    }

    private static <E> Set<E> small(Set<E> set) {
        return set.size() > 1 ? set : Set.copyOf(set);
    }
}

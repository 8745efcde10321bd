package io.pointsman.spi.iptables;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.plan.Frontend;
import io.pointsman.spi.RuleProblem;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
record Unit(
        Map<String, String> natChains,
        Map<String, String> filterChains,
        Map<Frontend, String> natEntries,
        Map<Frontend, String> filterEntries,
        Set<IpAddress> clusterIps,
        Set<MarkPolicy> marks,
        Set<Cidr> endpointRanges,
        List<RuleProblem> problems) {
    static final Unit NONE = new Unit(Map.of(), Map.of(), Map.of(), Map.of(), Set.of(), Set.of(), Set.of(), List.of());
}

package io.pointsman.linux.route;

import io.pointsman.model.IpFamily;
import java.util.Objects;
import java.util.Optional;

/**
 * A rule that selects the routing table for some packets, with the fields that rules made here have.
 *
 * @param priority smaller comes first; 0 lets the kernel choose when adding
 * @param mark value and mask that the packet's mark must match
 * @param inputLink name of the interface on which the packet came in
 */
public record RoutingRule(IpFamily family, int priority, int table, Optional<Mark> mark, Optional<String> inputLink) {
    /** Bits of a packet's mark, all 32. */
    public record Mark(int value, int mask) {}

    public RoutingRule {
        Objects.requireNonNull(family, "family");
        Objects.requireNonNull(mark, "mark");
        Objects.requireNonNull(inputLink, "inputLink");
    }

    /** Creates a rule for packets with this mark, of either direction. */
    public static RoutingRule marked(IpFamily family, int priority, Mark mark, int table) {
        return new RoutingRule(family, priority, table, Optional.of(mark), Optional.empty());
    }

    public RoutingRule fromLink(String link) {
        return new RoutingRule(family, priority, table, mark, Optional.of(link));
    }
}

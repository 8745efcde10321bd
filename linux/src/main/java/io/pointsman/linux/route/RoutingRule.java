package io.pointsman.linux.route;

import io.pointsman.model.IpFamily;
import java.util.Objects;
import java.util.Optional;

/**
 * Which packets are routed by which table, as far as rules made here say.
 *
 * @param priority smaller comes first; 0 lets the kernel choose when adding
 * @param mark what the packet's mark must be, and which of its bits count
 * @param inputLink name of the interface it came in on
 */
public record RoutingRule(IpFamily family, int priority, int table, Optional<Mark> mark, Optional<String> inputLink) {
    /** Bits of a packet's mark, all 32. */
    public record Mark(int value, int mask) {}

    public RoutingRule {
        Objects.requireNonNull(family, "family");
        Objects.requireNonNull(mark, "mark");
        Objects.requireNonNull(inputLink, "inputLink");
    }

    /** Packets with this mark, of either direction. */
    public static RoutingRule marked(IpFamily family, int priority, Mark mark, int table) {
        return new RoutingRule(family, priority, table, Optional.of(mark), Optional.empty());
    }

    public RoutingRule fromLink(String link) {
        return new RoutingRule(family, priority, table, mark, Optional.of(link));
    }
}

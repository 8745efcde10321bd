package io.pointsman.linux.route;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpFamily;
import java.util.Objects;
import java.util.Optional;

/**
 * Which packets are routed by which table.
 *
 * @param priority smaller comes first; 0 lets the kernel choose when adding
 * @param mark what the packet's mark must be, and which of its bits count
 * @param inputLink name of the interface it came in on
 * @param isLookup whether it looks a table up, as those made here do; other kinds are only listed
 */
public record RoutingRule(
        IpFamily family,
        int priority,
        int table,
        Optional<Cidr> source,
        Optional<Cidr> destination,
        Optional<Mark> mark,
        Optional<String> inputLink,
        Optional<String> outputLink,
        boolean isLookup) {
    /** Bits of a packet's mark, all 32. */
    public record Mark(int value, int mask) {}

    public RoutingRule {
        Objects.requireNonNull(family, "family");
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(destination, "destination");
        Objects.requireNonNull(mark, "mark");
        Objects.requireNonNull(inputLink, "inputLink");
        Objects.requireNonNull(outputLink, "outputLink");
    }

    /** Packets with this mark, of either direction. */
    public static RoutingRule marked(IpFamily family, int priority, Mark mark, int table) {
        return new RoutingRule(
                family,
                priority,
                table,
                Optional.empty(),
                Optional.empty(),
                Optional.of(mark),
                Optional.empty(),
                Optional.empty(),
                true);
    }

    public RoutingRule fromLink(String link) {
        return new RoutingRule(
                family, priority, table, source, destination, mark, Optional.of(link), outputLink, isLookup);
    }
}

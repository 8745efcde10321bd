package io.pointsman.spi.nftables.render;

import java.util.List;
import java.util.Set;

/**
 * What one rule of a plan comes to.
 *
 * @param own elements that no other rule has
 * @param shared elements that others may have, too
 * @param chains those that its elements lead to
 * @param counters names of those that its elements lead to
 */
public record RenderedRule(List<Entry> own, Set<Entry> shared, Set<OnDemand> chains, Set<String> counters) {
    /** No rule. */
    public static final RenderedRule NONE = new RenderedRule(List.of(), Set.of(), Set.of(), Set.of());
}

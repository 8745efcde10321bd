package io.pointsman.spi.nftables.render;

import java.util.List;
import java.util.Set;

/**
 * A rule of a plan as elements of the table.
 *
 * @param own elements that no other rule has
 * @param shared elements that other rules may have, too
 * @param chains chains that its elements refer to
 * @param counters names of the counters that its elements refer to
 */
public record RenderedRule(List<Entry> own, Set<Entry> shared, Set<OnDemand> chains, Set<String> counters) {
    /** Rendering of no rule. */
    public static final RenderedRule NONE = new RenderedRule(List.of(), Set.of(), Set.of(), Set.of());
}

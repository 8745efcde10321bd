package io.pointsman.linux.iptables;

import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Numbers of packets that rules of our chains matched, from one reading to the next. A chain that is rewritten starts at 0,
 * and packets between the last reading and the rewrite are not counted. Not thread-safe.
 */
public final class PacketCounts {
    /** Text before the name of a chain. */
    private static final String APPEND = "] -A ";

    private final RulePrograms programs;
    private final RuleLayout layout;
    private final Flavour flavour;
    private final Predicate<String> isCounted;
    /** Counters of the last reading, by family, chain and rule; without zeros. */
    private final Map<IpFamily, Map<String, Map<String, Long>>> last = new EnumMap<>(IpFamily.class);

    /**
     * Count of a rule.
     *
     * @param packets matched since the last reading
     */
    public record Count(String chain, String rule, long packets) {}

    /** @param isCounted whether to count a rule, by its text without the chain */
    public PacketCounts(RulePrograms programs, RuleLayout layout, Flavour flavour, Predicate<String> isCounted) {
        this.programs = programs;
        this.layout = layout;
        this.flavour = flavour;
        this.isCounted = isCounted;
    }

    /**
     * Reads the counts of a family from lines {@code [packets:bytes] -A CHAIN rule}.
     *
     * @param rewritten chains that were written since the last reading
     */
    public void read(IpFamily family, Set<String> rewritten, Consumer<Count> counts) throws IOException {
        final String saved = programs.saveWithCounters(flavour, family, layout.tables());
        final Map<String, Map<String, Long>> before = last.getOrDefault(family, Map.of());
        final Map<String, Map<String, Long>> now = new HashMap<>();
        final String append = APPEND + layout.prefix();
        for (String line : (Iterable<String>) saved.lines()::iterator) {
            final int at = line.startsWith("[") ? line.indexOf(append) : -1;
            final int end = at < 0 ? -1 : line.indexOf(' ', at + append.length());
            final String rule = end < 0 ? "" : line.substring(end + 1);
            if (end > 0 && isCounted.test(rule)) {
                final String chain = line.substring(at + APPEND.length(), end);
                final long packets = Long.parseLong(line.substring(1, line.indexOf(':')));
                final long known = rewritten.contains(chain)
                        ? 0
                        : before.getOrDefault(chain, Map.of()).getOrDefault(rule, 0L);
                // Another program may have rewritten a rule.
                counts.accept(new Count(chain, rule, packets >= known ? packets - known : packets));
                if (packets > 0) {
                    now.computeIfAbsent(chain, _ -> new HashMap<>()).put(rule, packets);
                }
            }
        }
        last.put(family, now);
    }
}

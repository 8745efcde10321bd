package io.pointsman.linux.iptables;

import io.pointsman.model.IpFamily;
import io.pointsman.plan.PodDetector;
import java.util.List;
import java.util.Optional;

/**
 * Matches for packets of pods, spelled as iptables-save spells them; one of them is enough.
 *
 * @param matches each with a blank behind; none where pods can't be told
 */
public record PodMatches(List<String> matches) {
    public PodMatches {
        matches = List.copyOf(matches);
    }

    /** Those of a family. */
    public static PodMatches of(PodDetector detector, IpFamily family) {
        return new PodMatches(
                switch (detector) {
                    case PodDetector.ByCidr(var ranges) ->
                        ranges.stream()
                                .filter(range -> range.family() == family)
                                .sorted()
                                .distinct()
                                .map(range -> range.isEverything() ? "" : "-s " + range + " ")
                                .toList();
                    case PodDetector.ByInterface(String name, boolean isPrefix) ->
                        List.of("-i " + name + (isPrefix ? "+ " : " "));
                    case PodDetector.Unknown() -> List.of();
                });
    }

    /** A match for packets of everybody else, where one is enough to say so and may stand before a destination. */
    public Optional<String> others() {
        if (matches.isEmpty()) {
            return Optional.of("");
        }
        return matches.size() == 1 && matches.getFirst().startsWith("-s ")
                ? Optional.of("! " + matches.getFirst())
                : Optional.empty();
    }
}

package io.pointsman.linux.iptables;

import io.pointsman.model.IpFamily;
import io.pointsman.plan.PodDetector;
import java.util.List;
import java.util.Optional;

/**
 * Matches for packets of pods, in the form of iptables-save; a packet needs to fit one of them only.
 *
 * @param matches each with a blank at the end; none if packets of pods can't be recognized
 */
public record PodMatches(List<String> matches) {
    public PodMatches {
        matches = List.copyOf(matches);
    }

    /** Returns the matches of a family. */
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

    /**
     * Returns a match for all other packets, if a single one can express that and may stand before a destination; else
     * empty.
     */
    public Optional<String> others() {
        if (matches.isEmpty()) {
            return Optional.of("");
        }
        return matches.size() == 1 && matches.getFirst().startsWith("-s ")
                ? Optional.of("! " + matches.getFirst())
                : Optional.empty();
    }
}

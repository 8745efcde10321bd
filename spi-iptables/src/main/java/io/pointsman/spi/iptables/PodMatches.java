package io.pointsman.spi.iptables;

import io.pointsman.model.IpFamily;
import io.pointsman.plan.PodDetector;
import java.util.List;
import java.util.Optional;

/** Matches for packets of pods, each with a blank behind; one of them is enough. Empty where pods can't be told. */
record PodMatches(List<String> matches) {
    PodMatches {
        matches = List.copyOf(matches);
    }

    static PodMatches of(PodDetector detector, IpFamily family) {
        return new PodMatches(
                switch (detector) {
                    case PodDetector.ByCidr(var ranges) ->
                        ranges.stream()
                                .filter(range -> range.family() == family)
                                .sorted()
                                .distinct()
                                .map(Matches::source)
                                .toList();
                    case PodDetector.ByInterface(String name, boolean isPrefix) ->
                        List.of("-i " + name + (isPrefix ? "+ " : " "));
                    case PodDetector.Unknown() -> List.of();
                });
    }

    /** A match for packets of everybody else, where one is enough to say so and may stand before a destination. */
    Optional<String> others() {
        if (matches.isEmpty()) {
            return Optional.of("");
        }
        return matches.size() == 1 && matches.getFirst().startsWith("-s ")
                ? Optional.of("! " + matches.getFirst())
                : Optional.empty();
    }
}

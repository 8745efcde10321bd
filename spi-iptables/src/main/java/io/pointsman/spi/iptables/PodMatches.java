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
                        List.of("-i " + interfaceName(name) + (isPrefix ? "+ " : " "));
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

    /** Interface names come from the configuration; the kernel's own have no blank, slash or more than 15 characters. */
    private static String interfaceName(String name) {
        if (!name.matches("[A-Za-z0-9._@:-]{1,15}")) {
            throw new IllegalArgumentException("\"" + name + "\" can't be the name of an interface, or start one");
        }
        return name;
    }
}

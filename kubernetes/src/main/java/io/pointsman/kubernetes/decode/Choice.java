package io.pointsman.kubernetes.decode;

import io.pointsman.kubernetes.Quoted;
import io.pointsman.kubernetes.RefusedException;
import io.pointsman.model.Protocol;
import io.pointsman.model.TrafficPolicy;
import java.util.Map;
import java.util.TreeSet;

/** Reads fields that take one of a few words. */
final class Choice {
    private static final Map<String, Protocol> PROTOCOLS =
            Map.of("TCP", Protocol.TCP, "UDP", Protocol.UDP, "SCTP", Protocol.SCTP);
    private static final Map<String, TrafficPolicy> POLICIES =
            Map.of("Cluster", TrafficPolicy.CLUSTER, "Local", TrafficPolicy.LOCAL);

    private Choice() {}

    /** Reads a protocol; TCP if absent. */
    static Protocol protocol(Field field) throws RefusedException {
        return of(field, PROTOCOLS, Protocol.TCP);
    }

    /** Reads a traffic policy; Cluster if absent. */
    static TrafficPolicy policy(Field field) throws RefusedException {
        return of(field, POLICIES, TrafficPolicy.CLUSTER);
    }

    /** Returns the value of the word; an empty word counts as absent, as in the API. */
    static <T> T of(Field field, Map<String, T> words, T otherwise) throws RefusedException {
        final String word = field.text("");
        if (word.isEmpty()) {
            return otherwise;
        }
        final T value = words.get(word);
        if (value == null) {
            throw field.refused(Quoted.of(word) + " is not one of " + String.join(", ", new TreeSet<>(words.keySet())));
        }
        return value;
    }
}

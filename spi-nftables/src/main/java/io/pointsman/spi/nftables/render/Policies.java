package io.pointsman.spi.nftables.render;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Policies that rules have had, each made once: the rules of a cluster differ in their keys and share a few policies. Not
 * thread-safe.
 */
public final class Policies {
    private final Map<Kind, Policy> known = new HashMap<>();

    private record Kind(Policy.Keys keys, Set<Policy.Trait> traits, Step pod, Step node, Step external) {}

    Policy of(Policy.Keys keys, Set<Policy.Trait> traits, Step pod, Step node, Step external) {
        return known.computeIfAbsent(
                new Kind(keys, traits, pod, node, external), _ -> new Policy(keys, traits, pod, node, external));
    }
}

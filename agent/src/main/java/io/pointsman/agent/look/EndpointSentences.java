package io.pointsman.agent.look;

import io.pointsman.plan.Action;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.Origin;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Sentences on the endpoints that connections of one Service can newly reach or no longer reach; one sentence for all
 * addresses concerned. Used by one thread.
 */
final class EndpointSentences {
    private static final int MAX_NAMED = 5;

    /** Addresses concerned, by sentence. */
    private final Map<String, Set<String>> sentences = new LinkedHashMap<>();

    /** Adds what differs for an address; returns whether anything does. */
    boolean compare(Rule old, Rule now, String address) {
        boolean differs = false;
        final Set<String> newcomers = new HashSet<>();
        for (Origin origin : Origin.values()) {
            if (old.action(origin) instanceof Action.Forward(EndpointPool before, boolean _)
                    && now.action(origin) instanceof Action.Forward(EndpointPool after, boolean _)) {
                final List<String> more = without(after.endpoints(), before.endpoints());
                newcomers.addAll(more);
                differs |= say("new connections through ADDRESSES may also go to NAMES", more, address);
                differs |= say(
                        "new connections through ADDRESSES no longer go to NAMES",
                        without(before.endpoints(), after.endpoints()),
                        address);
                differs |= noteOthers(before.endpoints(), after.endpoints(), address);
                differs |= noteScope(before.id().scope(), after.id().scope(), address);
            }
        }
        final List<String> kept =
                new ArrayList<>(without(now.serving().endpoints(), old.serving().endpoints()));
        kept.removeAll(newcomers); // endpoints for new connections are covered above
        differs |= say("connections through ADDRESSES may stay at NAMES", kept, address);
        differs |= say(
                "connections through ADDRESSES lose NAMES, which no longer serves",
                without(old.serving().endpoints(), now.serving().endpoints()),
                address);
        return differs;
    }

    private boolean say(String sentence, List<String> endpoints, String address) {
        if (endpoints.isEmpty()) {
            return false;
        }
        say(sentence.replace("NAMES", named(endpoints)), address);
        return true;
    }

    /** Adds a change of the traffic policy, even if the endpoints are the same now. */
    private boolean noteScope(PoolId.Scope before, PoolId.Scope after, String address) {
        if (before == after) {
            return false;
        }
        say(
                after == PoolId.Scope.LOCAL
                        ? "new connections through ADDRESSES go only to endpoints on this node; before: to all"
                        : "new connections through ADDRESSES go to all endpoints; before: only to those on this node",
                address);
        return true;
    }

    private boolean noteOthers(List<PoolEndpoint> before, List<PoolEndpoint> after, String address) {
        boolean differs = false;
        for (PoolEndpoint now : after) {
            for (PoolEndpoint old : before) {
                if (old.compareTo(now) == 0 && !old.equals(now)) {
                    differs = true;
                    if (old.weight() != now.weight()) {
                        say(
                                "the weight of " + now + " for ADDRESSES is " + now.weight() + "; before: "
                                        + old.weight(),
                                address);
                    }
                    if (old.local() != now.local()) {
                        say(
                                now + ", an endpoint of ADDRESSES, is "
                                        + (now.local() ? "on this node" : "on another node"),
                                address);
                    }
                }
            }
        }
        return differs;
    }

    private void say(String sentence, String address) {
        sentences.computeIfAbsent(sentence, _ -> new LinkedHashSet<>()).add(address);
    }

    /** Returns the endpoints of the first list that are not in the second, compared only by address and port. */
    private static List<String> without(List<PoolEndpoint> some, List<PoolEndpoint> others) {
        return some.stream()
                .filter(one -> others.stream().noneMatch(other -> other.compareTo(one) == 0))
                .map(PoolEndpoint::toString)
                .toList();
    }

    private static String named(List<String> all) {
        return String.join(", ", all.subList(0, Math.min(all.size(), MAX_NAMED)))
                + (all.size() > MAX_NAMED ? " and " + (all.size() - MAX_NAMED) + " more" : "");
    }

    List<String> sentences() {
        final List<String> all = new ArrayList<>();
        sentences.forEach(
                (sentence, addresses) -> all.add(sentence.replace("ADDRESSES", named(List.copyOf(addresses)))));
        return all;
    }
}

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

/** Where connections of one Service may go that could not, and no longer, in words; one sentence for all its addresses. */
final class EndpointSentences {
    private static final int MAX_NAMED = 5;

    /** By what is said of addresses, those that it is said of. */
    private final Map<String, Set<String>> sentences = new LinkedHashMap<>();

    /** Notes what differs for an address; whether something does. */
    boolean compare(Rule old, Rule now, String address) {
        boolean differs = false;
        final Set<String> newcomers = new HashSet<>();
        for (Origin origin : Origin.values()) {
            if (old.action(origin) instanceof Action.Forward(EndpointPool before, boolean _)
                    && now.action(origin) instanceof Action.Forward(EndpointPool after, boolean _)) {
                final List<String> more = without(after.endpoints(), before.endpoints());
                newcomers.addAll(more);
                differs |= say("new connections through ADDRESSES may go also to NAMES", more, address);
                differs |= say(
                        "new connections through ADDRESSES go no longer to NAMES",
                        without(before.endpoints(), after.endpoints()),
                        address);
                differs |= noteOthers(before.endpoints(), after.endpoints(), address);
                differs |= noteScope(before.id().scope(), after.id().scope(), address);
            }
        }
        final List<String> kept =
                new ArrayList<>(without(now.serving().endpoints(), old.serving().endpoints()));
        kept.removeAll(newcomers); // where connections begin they may stay
        differs |= say("connections through ADDRESSES may stay at NAMES", kept, address);
        differs |= say(
                "connections through ADDRESSES lose NAMES, which serves no more",
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

    /** Which endpoints a policy lets it choose among, be they the same now. */
    private boolean noteScope(PoolId.Scope before, PoolId.Scope after, String address) {
        if (before == after) {
            return false;
        }
        say(
                after == PoolId.Scope.LOCAL
                        ? "new connections through ADDRESSES go to endpoints on this node alone; before: to all"
                        : "new connections through ADDRESSES go to all endpoints; before: to those on this node alone",
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

    /** By address and port alone. */
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

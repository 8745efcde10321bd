package io.pointsman.agent.look;

import io.pointsman.model.EnumToken;
import io.pointsman.model.IpAddress;
import io.pointsman.plan.Action;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.Origin;
import io.pointsman.plan.PlanDelta.RuleChange;
import io.pointsman.plan.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** Sentences on the effect of one Service's changed rules on its clients. Used by one thread. */
final class RuleSentences {
    private final NodeFacts before;
    private final NodeFacts after;
    private final List<String> words = new ArrayList<>();
    private final EndpointSentences endpoints = new EndpointSentences();

    RuleSentences(NodeFacts before, NodeFacts after) {
        this.before = before;
        this.after = after;
    }

    /** Returns at least one sentence for each change. */
    List<String> of(List<RuleChange> changes) {
        for (RuleChange change : changes) {
            final Rule old = change.before();
            final Rule now = change.after();
            if (now == null) {
                words.add(Objects.requireNonNull(old).owner().service() + " is no longer served at "
                        + address(old, before));
            } else if (old == null) {
                added(now);
            } else {
                changed(old, now);
            }
        }
        words.addAll(endpoints.sentences());
        return words;
    }

    private void added(Rule now) {
        origins(Map.of(), outcomes(now))
                .forEach((both, who) ->
                        words.add(both.now().sentence(who, now, address(now, after)) + "; before: not served"));
        limits(
                Rule.builder(now.frontend(), now.kind(), now.owner())
                        .balancing(now.balancing())
                        .build(),
                now);
    }

    private void changed(Rule old, Rule now) {
        final int length = words.size();
        final String address = address(now, after);
        origins(outcomes(old), outcomes(now)).forEach((both, who) -> {
            if (both.old() != both.now()) {
                words.add(both.now().sentence(who, now, address) + "; before: "
                        + both.now().before(Objects.requireNonNull(both.old())));
            }
        });
        limits(old, now);
        if (!endpoints.compare(old, now, address) && words.size() == length) {
            words.add("the rule for " + address + " differs");
        }
    }

    private void limits(Rule old, Rule now) {
        final String at = " at " + address(now, after);
        compare("the service port" + at, port(old), port(now));
        compare("the kind of address" + at, EnumToken.of(old.kind()), EnumToken.of(now.kind()));
        compare("clients that may connect" + at, sources(old), sources(now));
        compare("a client keeps its endpoint" + at, affinity(old), affinity(now));
        compare(
                "the algorithm that chooses an endpoint" + at,
                old.balancing().text(),
                now.balancing().text());
        compare("the header that tells endpoints the client" + at, header(old), header(now));
    }

    private void compare(String what, String old, String now) {
        if (!old.equals(now)) {
            words.add(what + ": " + now + "; before: " + old);
        }
    }

    private static String port(Rule rule) {
        return rule.owner().portName() + " (" + rule.owner().protocol() + ")";
    }

    private static String sources(Rule rule) {
        return rule.allowedSources().isEmpty() ? "all clients" : joined(rule.allowedSources());
    }

    private static String affinity(Rule rule) {
        return rule.affinity()
                .map(Duration::toSeconds)
                .map(time -> "for " + time + " s")
                .orElse("no longer than a connection");
    }

    private static String header(Rule rule) {
        return rule.proxyHeader().map(one -> "PROXY protocol " + one.text()).orElse("nothing");
    }

    static String joined(Collection<?> all) {
        return String.join(", ", all.stream().map(Object::toString).toList());
    }

    /** Returns the address that a client dials; for a node port one that other hosts can reach, if there is one. */
    private static String address(Rule rule, NodeFacts node) {
        final int port = rule.frontend().port();
        final SortedSet<IpAddress> all = rule.addresses(node);
        if (all.isEmpty()) {
            return rule.frontend().toString();
        }
        final IpAddress first = all.stream()
                .filter(address -> !address.isLoopback() && !address.isLinkLocal())
                .findFirst()
                .orElse(all.getFirst());
        final String others = all.size() == 2 ? "1 other address" : (all.size() - 1) + " other addresses";
        return first.withPort(port) + (all.size() == 1 ? "" : " (and " + others + " of the node)");
    }

    /** Result for connections of one origin. */
    private enum Outcome {
        OWN_ADDRESS,
        NODE_ADDRESS,
        DROPPED,
        REFUSED,
        LEFT;

        static Outcome of(Action action) {
            return switch (action) {
                case Action.Forward forward -> forward.masquerade() ? NODE_ADDRESS : OWN_ADDRESS;
                case Action.Drop _ -> DROPPED;
                case Action.Reject _ -> REFUSED;
                case Action.Pass _ -> LEFT;
            };
        }

        String sentence(Set<Origin> who, Rule rule, String address) {
            final String service = rule.owner().service().toString();
            final String whom = names(who);
            return switch (this) {
                case OWN_ADDRESS -> whom + " reach " + service + " through " + address + " with their own address";
                case NODE_ADDRESS -> whom + " reach " + service + " through " + address + " with the node's address";
                case DROPPED -> whom + " get no answer from " + service + " at " + address;
                case REFUSED -> whom + " are refused by " + service + " at " + address;
                case LEFT -> whom + " are left to the host at " + address + " of " + service;
            };
        }

        /** Returns the words for the former result, to follow a sentence on the new one. */
        String before(Outcome old) {
            final boolean isReached = this == OWN_ADDRESS || this == NODE_ADDRESS;
            return switch (old) {
                case OWN_ADDRESS -> isReached ? "with their own" : "they reached it with their own address";
                case NODE_ADDRESS -> isReached ? "with the node's" : "they reached it with the node's address";
                case DROPPED -> "no answer";
                case REFUSED -> "refused";
                case LEFT -> "left to the host";
            };
        }

        private static String names(Set<Origin> who) {
            final List<String> names = who.stream()
                    .map(origin -> switch (origin) {
                        case LOCAL_POD -> "pods";
                        case NODE -> "processes of the node";
                        case EXTERNAL -> "external clients";
                    })
                    .toList();
            return names.size() == 1
                    ? names.getFirst()
                    : String.join(", ", names.subList(0, names.size() - 1)) + " and " + names.getLast();
        }
    }

    private record Both(@Nullable Outcome old, Outcome now) {}

    private static Map<Origin, Outcome> outcomes(Rule rule) {
        final Map<Origin, Outcome> outcomes = new LinkedHashMap<>();
        for (Origin origin : Origin.values()) {
            outcomes.put(origin, Outcome.of(rule.action(origin)));
        }
        return outcomes;
    }

    /** Groups origins by their old and new results. */
    private static Map<Both, Set<Origin>> origins(Map<Origin, Outcome> old, Map<Origin, Outcome> now) {
        final Map<Both, Set<Origin>> origins = new LinkedHashMap<>();
        now.forEach((origin, outcome) -> origins.computeIfAbsent(
                        new Both(old.get(origin), outcome), _ -> EnumSet.noneOf(Origin.class))
                .add(origin));
        return origins;
    }
}

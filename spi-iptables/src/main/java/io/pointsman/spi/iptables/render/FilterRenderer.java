package io.pointsman.spi.iptables.render;

import io.pointsman.linux.iptables.Matches;
import io.pointsman.linux.iptables.PodMatches;
import io.pointsman.model.Cidr;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.Rule;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Renderer of one service port's chains in table filter. That table comes after translation, so a packet still addressed to
 * the VIP is one that was not forwarded.
 */
final class FilterRenderer {
    private static final String DROP = "DROP";
    private static final String RETURN = "RETURN";

    private final ServicePortName owner;
    private final PodMatches pods;
    private final String comment;
    private final Map<String, String> chains = new HashMap<>();
    private final Map<Frontend, String> entries = new HashMap<>();

    FilterRenderer(ServicePortName owner, PodMatches pods, String comment) {
        this.owner = owner;
        this.pods = pods;
        this.comment = comment;
    }

    Map<String, String> chains() {
        return chains;
    }

    Map<Frontend, String> entries() {
        return entries;
    }

    void add(Rule rule) {
        final List<Action> refusals = rule.actions().stream()
                .filter(action -> !(action instanceof Action.Forward))
                .distinct()
                .toList();
        if (rule.allowedSources().isEmpty()) {
            if (refusals.size() == 1 && !(refusals.getFirst() instanceof Action.Pass)) {
                put(rule, "-j " + target(rule, refusals.getFirst()));
            } else if (refusals.size() > 1) {
                put(rule, "-g " + byOrigin(rule));
            }
        } else if (refusals.isEmpty()) {
            put(rule, "-j " + DROP); // an allowed source would have been translated
        } else {
            put(rule, "-g " + guarded(rule, byOrigin(rule)));
        }
    }

    private void put(Rule rule, String verdict) {
        entries.put(rule.frontend(), DispatchKey.match(rule.frontend()) + comment + verdict + "\n");
    }

    private String byOrigin(Rule rule) {
        return chain(
                OriginRules.render(pods, rule::action, (action, match) -> match + "-j " + target(rule, action) + "\n"));
    }

    private String guarded(Rule rule, String allowed) {
        final StringBuilder text = new StringBuilder();
        for (Cidr range : rule.allowedSources()) {
            if (range.family() == rule.frontend().family()) {
                text.append(Matches.source(range)).append("-g ").append(allowed).append('\n');
            }
        }
        return chain(Names.GUARD, text.append("-j " + DROP + "\n").toString());
    }

    private String chain(String text) {
        return chain('R', text);
    }

    private String chain(char kind, String text) {
        final String name = Names.hashed(kind, owner + "\n" + text);
        chains.put(name, text);
        return name;
    }

    private static String target(Rule rule, Action action) {
        return switch (action) {
            case Action.Drop _ -> DROP;
            case Action.Reject _ -> Matches.reject(rule.frontend().family());
            case Action.Forward _, Action.Pass _ -> RETURN;
        };
    }
}

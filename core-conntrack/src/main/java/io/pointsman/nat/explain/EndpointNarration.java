package io.pointsman.nat.explain;

import io.pointsman.model.EnumToken;
import io.pointsman.model.IpAddress;
import io.pointsman.nat.ExplainRequest;
import io.pointsman.nat.Explanation.Kind;
import io.pointsman.nat.Explanation.SourceChange;
import io.pointsman.nat.Explanation.Target;
import io.pointsman.nat.policy.CompiledPool;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Describes in words which endpoint is chosen, by which algorithm, and what becomes of the source and the replies. */
final class EndpointNarration {
    /** Outcome for the source port. */
    enum SourcePort {
        KEPT,
        KEPT_IF_FREE,
        TAKEN
    }

    private EndpointNarration() {}

    static void candidates(StepList steps, CompiledPool pool) {
        final List<PoolEndpoint> eligible = List.of(pool.endpoints);
        final boolean isWeighted =
                eligible.stream().mapToInt(PoolEndpoint::weight).distinct().count() > 1;
        final List<String> texts = eligible.stream()
                .map(endpoint -> endpoint + " (" + (isWeighted ? "weight " + endpoint.weight() + ", " : "")
                        + (endpoint.local() ? "on this node" : "elsewhere") + ")")
                .toList();
        final int withoutWeight = pool.source.size() - eligible.size();
        steps.add(
                Kind.CANDIDATES,
                (eligible.isEmpty()
                                ? "no endpoint takes new connections"
                                : count(eligible.size()) + ": " + StepList.joined(texts))
                        + (withoutWeight == 0 ? "" : "; " + withoutWeight + " more of weight 0"),
                "endpoints",
                StepList.joined(eligible),
                "weights",
                StepList.joined(eligible.stream().map(PoolEndpoint::weight).toList()),
                "local",
                StepList.joined(eligible.stream().map(PoolEndpoint::local).toList()),
                "weightZero",
                withoutWeight);
    }

    private static String count(int endpoints) {
        return endpoints == 1 ? "1 endpoint" : endpoints + " endpoints";
    }

    /**
     * Adds the step that chooses the endpoint.
     *
     * @param bound time left of the affinity that chose; empty if none did
     */
    static void choice(
            StepList steps, Rule rule, List<PoolEndpoint> candidates, List<Target> targets, Optional<Duration> bound) {
        final String by;
        final String words;
        final PoolEndpoint first = targets.getFirst().endpoint();
        if (bound.isPresent()) {
            by = "affinity";
            words = first + ": the client is bound to it by affinity, for another " + words(bound.get());
        } else {
            by = candidates.size() == 1 ? "only" : rule.balancing().text();
            words = (candidates.size() == 1 ? first + " is the only one" : words(rule.balancing(), targets))
                    + rule.affinity()
                            .map(timeout -> "; by affinity the client then stays there for " + words(timeout))
                            .orElse("");
        }
        final Object left = bound.<Object>map(Duration::toSeconds).orElse("none");
        steps.add(
                Kind.CHOICE,
                words,
                "by",
                by,
                "of",
                targets.size(),
                "endpoint",
                targets.size() == 1 ? first : "any",
                "affinitySecondsLeft",
                left);
    }

    private static String words(Balancing balancing, List<Target> targets) {
        final PoolEndpoint first = targets.getFirst().endpoint();
        final int size = targets.size();
        return switch (balancing) {
            case RANDOM -> "one of " + size + ", at random";
            case WEIGHTED -> size == 1 ? first + ", at random by weight" : "one of " + size + ", at random by weight";
            case ROUND_ROBIN -> first + " is next in turn";
            case LEAST_CONNECTIONS ->
                size == 1
                        ? first + " has the fewest flows for its weight"
                        : "one of the " + size + " that have the fewest flows for their weight, at random";
            case SOURCE_HASH -> first + ", by the hash of the client's address";
            case MAGLEV -> first + ", by the client's address (Maglev)";
        };
    }

    static void source(StepList steps, List<Target> targets, SourcePort port) {
        final Set<SourceChange> changes = new TreeSet<>();
        final Set<IpAddress> sources = new TreeSet<>();
        targets.forEach(target -> {
            changes.add(target.change());
            sources.add(target.source());
        });
        final String words = changes.size() == 1 && sources.size() == 1
                ? words(targets.getFirst())
                : "depends on the endpoint: "
                        + StepList.joined(targets.stream()
                                .map(target -> target.endpoint() + ": " + target.words())
                                .toList());
        steps.add(
                Kind.SOURCE,
                words
                        + (port == SourcePort.TAKEN
                                ? "; its source port is in use towards the endpoint, so it gets a free one"
                                : ""),
                "change",
                StepList.joined(changes.stream().map(EndpointNarration::key).toList()),
                "source",
                StepList.joined(sources),
                "port",
                switch (port) {
                    case KEPT -> "kept";
                    case KEPT_IF_FREE -> "kept-if-free";
                    case TAKEN -> "free-one";
                });
    }

    private static String key(SourceChange change) {
        return EnumToken.of(change);
    }

    private static String words(Target target) {
        return switch (target.change()) {
            case KEPT -> "source " + target.source() + " is kept: the endpoint sees the client";
            case MASQUERADE ->
                "source becomes " + target.source() + ", the node's address towards the endpoint: the rule masquerades";
            case HAIRPIN ->
                "source becomes " + target.source()
                        + ", the node's address towards the endpoint: the endpoint is the client itself (hairpin)";
            case NO_ADDRESS -> "source must be rewritten, and the node has no address towards the endpoint: dropped";
        };
    }

    static void reply(StepList steps, ExplainRequest request, List<Target> targets) {
        final String vip = request.destination().withPort(request.destinationPort());
        final String client = request.source().withPort(request.sourcePort());
        final boolean hides = targets.stream().allMatch(Target::masquerade);
        final boolean keeps = targets.stream().noneMatch(Target::masquerade);
        final String to = hides ? "this node" : keeps ? "the client" : "the source that it sees";
        steps.add(
                Kind.REPLY,
                "the endpoint answers to " + to + "; " + (keeps ? "on its way back through this node" : "here")
                        + " the answer becomes " + vip + " -> " + client,
                "answersTo",
                hides ? "node" : keeps ? "client" : "either",
                "becomes",
                vip + " -> " + client);
    }

    private static String words(Duration time) {
        final StringBuilder text = new StringBuilder();
        part(text, time.toHours(), "h");
        part(text, time.toMinutesPart(), "min");
        part(text, time.toSecondsPart(), "s");
        return text.isEmpty() ? "less than a second" : text.toString();
    }

    private static void part(StringBuilder text, long value, String unit) {
        if (value > 0) {
            text.append(text.isEmpty() ? "" : " ").append(value).append(' ').append(unit);
        }
    }
}

package io.pointsman.nat;

import io.pointsman.model.IpAddress;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import io.pointsman.spi.FlowRecord;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Explanation of a packet's verdict.
 *
 * @param reason the packet path's reason. {@link Reason#NO_EGRESS_ADDRESS} does not apply to a socket backend: it masquerades
 *     with an address that the kernel chooses
 * @param steps steps of the decision, in order
 * @param rule the rule that matched
 * @param candidates the endpoints that its rule chooses from
 * @param targets the endpoints it may go to: one if the choice is settled, several if it is random; empty unless a rule
 *     forwards it
 * @param flow the known flow and its translation; empty for a new connection
 */
public record Explanation(
        ExplainRequest request,
        Verdict verdict,
        Reason reason,
        List<Step> steps,
        Optional<Rule> rule,
        List<PoolEndpoint> candidates,
        List<Target> targets,
        Optional<FlowRecord.Tuple> flow) {
    /** Topic of a step. */
    public enum Kind {
        KNOWN_FLOW,
        FRONTEND,
        RULE,
        ALLOWED_SOURCES,
        ORIGIN,
        ACTION,
        CANDIDATES,
        CHOICE,
        SOURCE,
        REPLY
    }

    /**
     * A step of the decision.
     *
     * @param details keys in {@code camelCase}, in order
     * @param words the same as a sentence without its full stop
     */
    public record Step(Kind kind, SequencedMap<String, String> details, String words) {
        public Step {
            Objects.requireNonNull(kind, "kind");
            Objects.requireNonNull(words, "words");
            details = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(details));
        }
    }

    /** Change of the source address, and its cause. */
    public enum SourceChange {
        KEPT,
        /** The rule asks for it. */
        MASQUERADE,
        /** The endpoint is the client itself. */
        HAIRPIN,
        /** The source must be rewritten, and the node has no address towards the endpoint: the packet is dropped. */
        NO_ADDRESS
    }

    /**
     * An endpoint that the packet may go to.
     *
     * @param source the client's address as the endpoint sees it
     */
    public record Target(PoolEndpoint endpoint, SourceChange change, IpAddress source) {
        public Target {
            Objects.requireNonNull(endpoint, "endpoint");
            Objects.requireNonNull(change, "change");
            Objects.requireNonNull(source, "source");
        }

        /** Whether the client's address is hidden from the endpoint. */
        public boolean masquerade() {
            return change != SourceChange.KEPT;
        }

        public String words() {
            return switch (change) {
                case KEPT -> "source kept";
                case MASQUERADE -> "source becomes " + source + " (masquerade)";
                case HAIRPIN -> "source becomes " + source + " (hairpin)";
                case NO_ADDRESS -> "no source address for it";
            };
        }
    }

    public Explanation {
        Objects.requireNonNull(request, "request");
        Objects.requireNonNull(verdict, "verdict");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(rule, "rule");
        Objects.requireNonNull(flow, "flow");
        steps = List.copyOf(steps);
        candidates = List.copyOf(candidates);
        targets = List.copyOf(targets);
    }

    /** Returns the outcome in one line. */
    public String outcome() {
        return request + " "
                + switch (verdict) {
                    case FORWARD -> "is forwarded to " + whereTo();
                    case PASS -> "is left to the host: " + reason.words();
                    case ADMIT -> "is accepted by the node: " + reason.words();
                    case DROP, INVALID -> "is dropped: " + reason.words();
                    case REJECT -> "is rejected: " + reason.words();
                };
    }

    private String whereTo() {
        if (flow.isPresent()) {
            return knownTo(flow.get());
        }
        final List<String> fates =
                targets.stream().map(Target::words).distinct().toList();
        if (targets.size() == 1) {
            return targets.getFirst().endpoint() + ", " + fates.getFirst();
        }
        return fates.size() == 1
                ? "one of " + joined(Target::endpoint) + "; " + fates.getFirst()
                : "one of " + joined(target -> target.endpoint() + " (" + target.words() + ")");
    }

    private String joined(Function<Target, Object> text) {
        return targets.stream().map(text.andThen(String::valueOf)).collect(Collectors.joining(", "));
    }

    private String knownTo(FlowRecord.Tuple becomes) {
        final String to = becomes.destination().withPort(becomes.destinationPort());
        final boolean keeps = becomes.source().equals(request.source()) && becomes.sourcePort() == request.sourcePort();
        return to
                + (keeps ? "" : ", source becomes " + becomes.source().withPort(becomes.sourcePort()))
                + ", as its flow is";
    }
}

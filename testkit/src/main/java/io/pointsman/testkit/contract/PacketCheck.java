package io.pointsman.testkit.contract;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import io.pointsman.spi.Capabilities;
import io.pointsman.spi.RuleProblem;
import io.pointsman.testkit.FirstPacket;
import io.pointsman.testkit.Outcome;
import io.pointsman.testkit.PacketScenario.Packet;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Sends a real packet and compares its outcome with the expected one.
 *
 * @param problem what the backend reported about the rule that the packet matches
 * @param wasServed its destination is, or was before, a VIP or node port
 */
record PacketCheck(
        Packet packet,
        Optional<Rule> rule,
        Optional<RuleProblem> problem,
        Capabilities capabilities,
        Predicate<IpAddress> isNodeAddress,
        boolean wasServed) {
    /** Time to wait for silence. On a machine too slow for it a wrong answer is missed; no right one fails. */
    private static final Duration SILENCE = Duration.ofMillis(400);

    private static final String EPERM_TEXT = "Operation not permitted";

    private static final Duration ANSWER = Duration.ofSeconds(10);

    /**
     * Number of tries for each endpoint; with it, a fair choice leaves one out with a probability below 10 to the power of
     * -10.
     */
    private static final int TRIES_PER_ENDPOINT = 24;

    /** Returns what went wrong; empty if nothing did. */
    Optional<String> run(LabHost from) {
        final Outcome expected = packet.expected();
        return switch (expected.verdict()) {
            case FORWARD -> forward(from);
            case DROP -> refuse(from, SILENCE, "drop", result -> result instanceof ProbeResult.TimedOut);
            case REJECT -> refuse(from, ANSWER, "reject", result -> result instanceof ProbeResult.Refused);
            case NONE, ACCEPT -> untouched(from);
        };
    }

    private Probe probe() {
        final FirstPacket first = packet.first();
        return Probe.of(first.protocol(), first.destination(), first.port())
                .from(first.source())
                .within(ANSWER);
    }

    private Optional<String> refuse(LabHost from, Duration patience, String aspect, Predicate<ProbeResult> isExact) {
        final ProbeResult result = from.send(probe().within(patience));
        final boolean isRight = (capabilities.deviatesIn(aspect) || isDegraded())
                ? result.answer().isEmpty()
                : isExact.test(result) || (isOfNode() && isFailedSend(result));
        return isRight ? Optional.empty() : Optional.of("must be " + aspect + " but was " + result);
    }

    private boolean isOfNode() {
        return isNodeAddress.test(packet.first().source());
    }

    /** Whether one of the node's own datagrams was stopped before it left: its sender gets EPERM, dropped or rejected. */
    private boolean isFailedSend(ProbeResult result) {
        return packet.first().protocol() == Protocol.UDP
                && result instanceof ProbeResult.Unreachable unreachable
                && unreachable.how().contains(EPERM_TEXT);
    }

    private Optional<String> untouched(LabHost from) {
        final FirstPacket first = packet.first();
        final ProbeResult result = from.send(probe());
        final boolean isRight = result.answer()
                .filter(answer -> answer.local().equals(first.destination())
                        && answer.localPort() == first.port()
                        && answer.peer().equals(first.source()))
                .isPresent();
        final boolean mayBeRefused = wasServed && capabilities.deviatesIn("vips");
        return isRight || (mayBeRefused && result instanceof ProbeResult.Refused)
                ? Optional.empty()
                : Optional.of("must go on untouched but was " + result);
    }

    private Optional<String> forward(LabHost from) {
        final Set<PoolEndpoint> missing =
                new HashSet<>(packet.expected().endpoints().keySet());
        final int tries = missing.size() * TRIES_PER_ENDPOINT;
        for (int i = 0; i < tries && !missing.isEmpty(); i++) {
            final ProbeResult result = from.send(probe());
            final Optional<ProbeResult.Answered> answer = result.answer();
            final Optional<PoolEndpoint> endpoint = answer.flatMap(this::endpoint);
            if (endpoint.isEmpty()) {
                return Optional.of("must reach one of " + packet.expected().endpoints() + " but was " + result);
            }
            final Optional<String> wrongSource = source(answer.get(), endpoint.get());
            if (wrongSource.isPresent()) {
                return wrongSource;
            }
            missing.remove(endpoint.get());
            if (!isSpread()) {
                return Optional.empty();
            }
        }
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of("never reached " + missing + " in " + tries + " tries");
    }

    private Optional<PoolEndpoint> endpoint(ProbeResult.Answered answer) {
        return packet.expected().endpoints().keySet().stream()
                .filter(endpoint -> endpoint.address().equals(answer.local()) && endpoint.port() == answer.localPort())
                .findFirst();
    }

    /** Whether one client reaches every endpoint in time. */
    private boolean isSpread() {
        return rule.map(some -> some.affinity().isEmpty()
                        && (some.balancing() == Balancing.RANDOM || some.balancing() == Balancing.ROUND_ROBIN))
                .orElse(false);
    }

    private Optional<String> source(ProbeResult.Answered answer, PoolEndpoint endpoint) {
        final IpAddress source = packet.first().source();
        final boolean isMasqueraded =
                Boolean.TRUE.equals(packet.expected().endpoints().get(endpoint));
        final boolean isKept = answer.peer().equals(source);
        final boolean isNodes =
                isNodeAddress.test(answer.peer()) && !answer.peer().isLoopback();
        if (isMasqueraded) {
            // packets to the node itself do not pass the hook where kernels rewrite sources
            final boolean staysHere = isNodeAddress.test(endpoint.address()) && !isNodeAddress.test(source);
            return isNodes || (staysHere && isKept)
                    ? Optional.empty()
                    : Optional.of("its source must become the node's but was " + answer);
        }
        final boolean mayBeNodes = !capabilities.has(Capabilities.Feature.KEEPS_SOURCE)
                || isDegraded()
                || (isNodeAddress.test(endpoint.address()) && capabilities.deviatesIn("own-endpoint"));
        return isKept || (mayBeNodes && isNodes)
                ? Optional.empty()
                : Optional.of("its source " + source + " must be kept but was " + answer);
    }

    private boolean isDegraded() {
        return problem.filter(some -> some.kind() == RuleProblem.Kind.DEGRADED).isPresent();
    }
}

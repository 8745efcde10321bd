package io.pointsman.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.testkit.Outcome.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Checks the outcomes of packets, and properties of the node, under a plan. */
final class PacketProbes {
    private static final Set<String> PACKET_FIELDS =
            Set.of("name", "protocol", "from", "to", "port", "variant", "evidence", "notes", "origin", "expect");
    private static final Set<String> EXPECT_FIELDS = Set.of("verdict", "endpoints", "masquerade");
    private static final String LOOPBACK_GUARD = "dropsForeignTrafficToLoopbackNet";

    private PacketProbes() {}

    static List<Check> packets(JsonNode packets, PacketDecider decider, ModeSemantics mode) {
        final List<Check> checks = new ArrayList<>();
        for (JsonNode packet : Json.items(packets)) {
            Json.allowOnly(packet, "packet " + packet.path("name"), PACKET_FIELDS);
            if (Json.choice(Variant.class, Json.text(packet, "variant", "any")).holdsIn(mode)) {
                checks.add(packet(packet, decider, mode));
            }
        }
        return checks;
    }

    private static Check packet(JsonNode json, PacketDecider decider, ModeSemantics mode) {
        final FirstPacket packet = firstPacket(json);
        final JsonNode expect = Json.required(json, "expect");
        Json.allowOnly(expect, "expect of packet " + json.path("name"), EXPECT_FIELDS);
        final Outcome outcome = decider.decide(packet);
        return Check.equal(Json.text(json, "name"), expected(expect, mode), describe(outcome));
    }

    static FirstPacket firstPacket(JsonNode json) {
        return new FirstPacket(
                Json.choice(Protocol.class, Json.text(json, "protocol")),
                IpAddress.parse(Json.text(json, "from")),
                IpAddress.parse(Json.text(json, "to")),
                Json.number(json, "port"),
                Optional.empty());
    }

    private static String expected(JsonNode expect, ModeSemantics mode) {
        final Verdict verdict = Json.choice(Verdict.class, Json.text(expect, "verdict"));
        if (verdict != Verdict.FORWARD) {
            // without a firewall to open, accepting a packet is the same as passing it
            return (verdict == Verdict.ACCEPT && !mode.has(ModeSemantics.Answer.OPENS_HEALTH_PORTS)
                            ? Verdict.NONE
                            : verdict)
                    .toString();
        }
        final Set<String> endpoints = new TreeSet<>();
        Json.texts(expect, "endpoints").forEach(text -> endpoints.add(canonical(text)));
        return forward(endpoints, Json.flag(expect, "masquerade"));
    }

    private static String describe(Outcome outcome) {
        if (outcome.verdict() != Verdict.FORWARD) {
            return outcome.verdict().toString();
        }
        final Set<String> endpoints = outcome.endpoints().keySet().stream()
                .map(Object::toString)
                .collect(Collectors.toCollection(TreeSet::new));
        return forward(endpoints, outcome.mayMasquerade());
    }

    private static String forward(Set<String> endpoints, boolean masquerade) {
        return Verdict.FORWARD + " to " + endpoints + (masquerade ? " with masquerade" : " keeping the source");
    }

    /** Formats {@code address:port} with the address in canonical text. */
    static String canonical(String endpoint) {
        final int colon = endpoint.lastIndexOf(':');
        final String address = endpoint.substring(0, colon).replace("[", "").replace("]", "");
        return IpAddress.parse(address).withPort(Integer.parseInt(endpoint.substring(colon + 1)));
    }

    static List<Check> node(JsonNode expect, ForwardingPlan plan) {
        if (expect.isMissingNode()) {
            return List.of();
        }
        Json.allowOnly(expect, "expectNode", Set.of(LOOPBACK_GUARD));
        return List.of(Check.equal(
                LOOPBACK_GUARD, Json.flag(expect, LOOPBACK_GUARD), plan.node().guardsLoopback()));
    }
}

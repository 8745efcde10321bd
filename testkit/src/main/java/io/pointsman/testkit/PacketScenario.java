package io.pointsman.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.model.Cidr;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.PlanUpdate;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A packets case for a data plane: successive plans, and the packets to send while each is in force. The oracle gives the
 * expected outcomes, so the case works with any semantics.
 *
 * @param path file, and case if the file has several
 * @param nodeAddresses the node's addresses of the family under test, without loopback
 */
public record PacketScenario(List<String> path, IpFamily family, Set<IpAddress> nodeAddresses, List<Step> steps) {
    private static final Cidr LINK_LOCAL = Cidr.parse("fe80::/10");

    /**
     * A plan and its packets.
     *
     * @param name empty for the start
     * @param isRestart the agent restarts before this step: the update's delta is the whole plan, and the kernel keeps
     *     its state
     */
    public record Step(String name, boolean isRestart, PlanUpdate update, List<Packet> packets) {
        public Step {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(update, "update");
            packets = List.copyOf(packets);
        }
    }

    /** A packet and its expected outcome. */
    public record Packet(String name, FirstPacket first, Outcome expected) {
        public Packet {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(first, "first");
            Objects.requireNonNull(expected, "expected");
        }
    }

    public PacketScenario {
        Objects.requireNonNull(family, "family");
        path = List.copyOf(path);
        nodeAddresses = Set.copyOf(nodeAddresses);
        steps = List.copyOf(steps);
    }

    /**
     * Returns every packets case, resolved for a data plane with these semantics, whatever mode the case was written for.
     */
    public static List<PacketScenario> all(List<ConformanceCase> files, ModeSemantics mode) throws ConfigException {
        final List<PacketScenario> scenarios = new ArrayList<>();
        for (ConformanceCase file : files) {
            if (file.kind() == ConformanceCase.Kind.PACKETS) {
                if (file.json().has("packets") || file.json().has("steps")) {
                    scenarios.add(of(List.of(file.id()), file.json(), file.json(), mode));
                }
                for (JsonNode json : Json.items(file.json().path("cases"))) {
                    scenarios.add(of(List.of(file.id(), Json.text(json, "name")), json, file.json(), mode));
                }
            }
        }
        return scenarios;
    }

    /**
     * Returns connections recorded with the real kube-proxy and all its Services at once, resolved for a data plane with
     * these semantics. Of the connections that end as in one of kube-proxy's modes every {@code step}th is taken; of those
     * listed to end otherwise with exactly these semantics, four times as many.
     */
    public static PacketScenario recorded(IpFamily family, ModeSemantics mode, int step)
            throws IOException, ConfigException {
        final PlanUpdate update = Recording.plan(mode, Set.of(family));
        final Set<IpAddress> addresses = RecordedNode.ADDRESSES.stream()
                .filter(address -> address.family() == family && !address.isLoopback() && !isLinkLocal(address))
                .collect(Collectors.toSet());
        final List<Packet> some = new ArrayList<>(eachOf(Recording.packets(family, update.plan()), step));
        some.addAll(eachOf(Recording.deviating(family, update.plan()), Math.max(1, step / 4)));
        return new PacketScenario(
                List.of("kube-proxy's answers", family.toString()),
                family,
                addresses,
                List.of(new Step("", false, update, some)));
    }

    private static List<Packet> eachOf(List<Packet> all, int step) {
        final List<Packet> packets = all.stream()
                .filter(packet -> !isLinkLocal(packet.first().destination()))
                .toList();
        return IntStream.range(0, packets.size())
                .filter(i -> i % step == 0)
                .mapToObj(packets::get)
                .toList();
    }

    private static boolean isLinkLocal(IpAddress address) {
        return LINK_LOCAL.contains(address);
    }

    private static PacketScenario of(List<String> path, JsonNode json, JsonNode file, ModeSemantics mode)
            throws ConfigException {
        final NodeUnderTest node = NodeUnderTest.of(Scenario.own(json, file, "node"), mode);
        final World world = new World(node, FeatureGates.of(Scenario.own(json, file, "featureGates")));
        final List<Step> steps = new ArrayList<>();
        Scenario.applyStart(file, json, world);
        steps.add(step("", false, json, world, world.sync()));
        for (JsonNode step : Json.items(json.path("steps"))) {
            final boolean isRestart = Json.flag(step, "restart", false);
            if (isRestart) {
                world.restart();
            }
            Scenario.change(step, world);
            if (Json.flag(step, "sync", true)) {
                steps.add(step(Json.text(step, "name"), isRestart, step, world, world.sync()));
            }
        }
        final Set<IpAddress> addresses = node.localAddresses().stream()
                .filter(address -> address.family() == node.family() && !address.isLoopback())
                .collect(Collectors.toSet());
        return new PacketScenario(path, node.family(), addresses, steps);
    }

    private static Step step(String name, boolean isRestart, JsonNode json, World world, PlanUpdate update) {
        final PlanOracle oracle = new PlanOracle(world.plan());
        final List<Packet> packets = new ArrayList<>();
        for (JsonNode packet : Json.items(json.path("packets"))) {
            final FirstPacket first = PacketProbes.firstPacket(packet);
            packets.add(new Packet(Json.text(packet, "name"), first, oracle.decide(first)));
        }
        return new Step(name, isRestart, update, packets);
    }

    /** Formats as {@code file / case}. */
    @Override
    public String toString() {
        return String.join(" / ", path);
    }
}

package io.pointsman.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.pointsman.kubernetes.decode.KubernetesObjects;
import io.pointsman.model.Cidr;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ServiceCatalog;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.PlanOptions;
import io.pointsman.plan.PlanResolver;
import io.pointsman.plan.PlanUpdate;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Outcomes of the real kube-proxy for a set of Services, in one of its modes (see {@code README.md} in their folder). */
final class Recording {
    private static final String FOLDER = "recordings/kube-proxy-1.36.2/";

    /** Services whose clients keep one endpoint, chosen at random. */
    private static final Set<String> WITH_AFFINITY = Set.of("aff", "aff-local");

    /** Mode of this project, and the mode of kube-proxy that it is compared with. */
    enum Mode {
        IPTABLES("iptables", "iptables"),
        NFTABLES("nftables", "nftables"),
        /** Compared with the iptables mode, as IPVS was not recorded; must match it unless a difference is listed. */
        IPVS("ipvs", "iptables");

        private final String word;
        private final String recorded;

        Mode(String word, String recorded) {
            this.word = word;
            this.recorded = recorded;
        }

        String word() {
            return word;
        }

        ModeSemantics semantics() {
            return switch (this) {
                case IPTABLES -> ModeSemantics.IPTABLES;
                case NFTABLES -> ModeSemantics.NFTABLES;
                case IPVS -> ModeSemantics.IPVS;
            };
        }
    }

    /**
     * Probes with a different outcome here, and the reason.
     *
     * @param ours the probes, with their outcomes here
     */
    record Difference(String reason, List<RecordedProbe> ours) {
        Difference {
            ours = List.copyOf(ours);
        }
    }

    private final Mode mode;
    private final List<RecordedProbe> probes;
    private final List<Difference> differences;

    private Recording(Mode mode, List<RecordedProbe> probes, List<Difference> differences) {
        this.mode = mode;
        this.probes = List.copyOf(probes);
        this.differences = List.copyOf(differences);
    }

    static Recording read(Mode mode) throws IOException {
        final List<Difference> differences = new ArrayList<>();
        for (JsonNode group : json("differences-" + mode.word + ".json")) {
            differences.add(new Difference(Json.text(group, "reason"), RecordedProbe.of(Json.required(group, "ours"))));
        }
        return new Recording(mode, RecordedProbe.of(json("outcomes-" + mode.recorded + ".json")), differences);
    }

    private static JsonNode json(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(Recording.class.getResourceAsStream(FOLDER + name), name)) {
            return JsonMapper.builder().build().readTree(in);
        }
    }

    /** Resolves the recorded objects for a data plane with the mode's semantics. */
    PlanUpdate plan() throws IOException, ConfigException {
        return plan(mode.semantics(), Set.of(IpFamily.values()));
    }

    static PlanUpdate plan(ModeSemantics semantics, Set<IpFamily> families) throws IOException, ConfigException {
        final List<ObjectChange> objects = new ArrayList<>();
        for (JsonNode object : json("objects.json")) {
            KubernetesObjects.fromJson(object).ifPresent(known -> objects.add(new ObjectChange.Put(known)));
        }
        final ServiceCatalog catalog = new ServiceCatalog();
        catalog.apply(objects);
        return new PlanResolver(PlanOptions.builder("n1")
                        .families(families)
                        .mode(semantics)
                        .podRanges(List.of(Cidr.parse("10.244.0.0/16"), Cidr.parse("fd00:10:244::/48")))
                        .serviceRanges(List.of(Cidr.parse("10.96.0.0/16"), Cidr.parse("fd00:10:96::/112")))
                        .build())
                .resolve(catalog, RecordedNode.ADDRESSES);
    }

    List<RecordedProbe> probes() {
        return probes;
    }

    List<Difference> differences() {
        return differences;
    }

    /**
     * Returns the first packets of a family's probes that end under this plan as in a mode of kube-proxy, without
     * duplicates.
     */
    static List<PacketScenario.Packet> packets(IpFamily family, ForwardingPlan plan) throws IOException {
        final PlanOracle oracle = new PlanOracle(plan);
        final RecordedNode node = new RecordedNode(plan);
        final Map<String, PacketScenario.Packet> packets = new LinkedHashMap<>();
        for (Mode mode : List.of(Mode.IPTABLES, Mode.NFTABLES)) {
            for (RecordedProbe probe : ofFamily(family, read(mode).probes)) {
                final FirstPacket first = RecordedNode.firstPacket(probe);
                final Outcome outcome = oracle.decide(first);
                if (agrees(probe, node.outcomes(probe, outcome))) {
                    packets.put(probe.toString(), new PacketScenario.Packet(probe.toString(), first, outcome));
                }
            }
        }
        packets.keySet().removeAll(disputed());
        return List.copyOf(packets.values());
    }

    /**
     * Returns the first packets of a family's probes that are listed to end otherwise with these semantics than in the
     * compared mode of kube-proxy; empty for the semantics of that mode itself.
     */
    static List<PacketScenario.Packet> deviating(IpFamily family, ForwardingPlan plan) throws IOException {
        final List<PacketScenario.Packet> packets = new ArrayList<>();
        if (!plan.node().mode().equals(ModeSemantics.IPVS)) {
            return packets;
        }
        final PlanOracle oracle = new PlanOracle(plan);
        final RecordedNode node = new RecordedNode(plan);
        final Set<String> disputed = disputed();
        for (Difference difference : read(Mode.IPVS).differences) {
            for (RecordedProbe probe : ofFamily(family, difference.ours)) {
                if (!disputed.contains(probe.toString())) {
                    final FirstPacket first = RecordedNode.firstPacket(probe);
                    packets.add(new PacketScenario.Packet(
                            difference.reason + ": " + probe,
                            first,
                            node.atWholeAddresses(first, oracle.decide(first))));
                }
            }
        }
        return packets;
    }

    private static List<RecordedProbe> ofFamily(IpFamily family, List<RecordedProbe> probes) {
        return probes.stream()
                .filter(probe -> RecordedNode.firstPacket(probe).source().family() == family)
                .filter(probe -> !probe.protocol().equals("http"))
                .toList();
    }

    /** Returns the probes for which this project differs from the very mode of kube-proxy that it implements. */
    private static Set<String> disputed() throws IOException {
        final Set<String> disputed = new HashSet<>();
        for (Mode mode : List.of(Mode.IPTABLES, Mode.NFTABLES)) {
            for (Difference difference : read(mode).differences) {
                difference.ours.forEach(probe -> disputed.add(probe.toString()));
            }
        }
        return disputed;
    }

    /** Whether all possible outcomes of a probe match the recorded ones. */
    static boolean agrees(RecordedProbe probe, Set<String> ours) {
        return WITH_AFFINITY.contains(probe.service())
                ? probe.outcomes().size() == 1 && ours.containsAll(probe.outcomes())
                : ours.equals(probe.outcomes());
    }
}

package io.pointsman.testkit;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * 92 Services, and what became of 4,450 connections where the real kube-proxy 1.36.2 served them in its iptables mode: the
 * plan, and the engine by the plan, must do the same, but for the differences that are listed with their reasons.
 */
@Tag("conformance")
class KubeProxyRecordingTest {
    private static final String FOLDER = "recordings/kube-proxy-1.36.2/";
    private static final int PROBES = 4450;

    /** The engine is tried 200 times for each packet; it takes each probe of this many, coprime to the lists' lengths. */
    private static final int ENGINE_STEP = 7;

    /** Clients that are remembered have one endpoint, by chance. */
    private static final Set<String> WITH_AFFINITY = Set.of("aff", "aff-local");

    private static ForwardingPlan plan;
    private static List<RecordedProbe> probes;
    private static Map<String, Set<String>> differences;

    @BeforeAll
    static void read() throws IOException, ConfigException {
        probes = RecordedProbe.of(json("outcomes-iptables.json"));
        differences = new HashMap<>();
        for (JsonNode group : json("differences-iptables.json")) {
            Json.required(group, "reason");
            for (RecordedProbe probe : RecordedProbe.of(Json.required(group, "ours"))) {
                differences.put(probe.toString(), probe.outcomes());
            }
        }
        final List<ObjectChange> objects = new ArrayList<>();
        for (JsonNode object : json("objects.json")) {
            KubernetesObjects.fromJson(object).ifPresent(known -> objects.add(new ObjectChange.Put(known)));
        }
        final ServiceCatalog catalog = new ServiceCatalog();
        catalog.apply(objects);
        plan = new PlanResolver(PlanOptions.builder("n1")
                        .families(Set.of(IpFamily.values()))
                        .mode(ModeSemantics.IPTABLES)
                        .podRanges(List.of(Cidr.parse("10.244.0.0/16"), Cidr.parse("fd00:10:244::/48")))
                        .build())
                .resolve(catalog, RecordedNode.ADDRESSES)
                .plan();
    }

    private static JsonNode json(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(ConformanceCases.class.getResourceAsStream(FOLDER + name), name)) {
            return JsonMapper.builder().build().readTree(in);
        }
    }

    @Test
    void shouldPlanWhatKubeProxyDid() {
        assertThat(probes).hasSize(PROBES);
        assertThat(differences(new PlanOracle(plan)::decide, probes)).hasSize(differences.size());
    }

    @Test
    void shouldDoInTheEngineWhatKubeProxyDid() {
        final List<RecordedProbe> some = new ArrayList<>();
        for (int i = 0; i < probes.size(); i += ENGINE_STEP) {
            some.add(probes.get(i));
        }
        assertThat(differences(new EngineDecider(plan), some)).isNotEmpty();
    }

    /** The listed differences that were met; fails on others, and on listed ones that are none. */
    private static List<String> differences(PacketDecider decider, List<RecordedProbe> some) {
        final RecordedNode node = new RecordedNode(plan);
        final List<String> wrong = new ArrayList<>();
        final List<String> met = new ArrayList<>();
        for (RecordedProbe probe : some) {
            final Set<String> ours = node.outcomes(probe, decider.decide(RecordedNode.firstPacket(probe)));
            final Set<String> listed = differences.get(probe.toString());
            final boolean agrees = agrees(probe, ours);
            if (listed == null ? !agrees : agrees || !ours.equals(listed)) {
                wrong.add(probe + ": recorded " + probe.outcomes() + ", ours " + ours + ", listed " + listed);
            } else if (!agrees) {
                met.add(probe.toString());
            }
        }
        assertThat(wrong)
                .as("differences that are not listed, and listed ones that are none")
                .isEmpty();
        return met;
    }

    private static boolean agrees(RecordedProbe probe, Set<String> ours) {
        return WITH_AFFINITY.contains(probe.service())
                ? probe.outcomes().size() == 1 && ours.containsAll(probe.outcomes())
                : ours.equals(probe.outcomes());
    }
}

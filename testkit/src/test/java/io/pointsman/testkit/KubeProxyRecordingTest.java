package io.pointsman.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.ConfigException;
import io.pointsman.plan.ForwardingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Compares with a recording of the real kube-proxy 1.36.2: 92 Services and the outcomes of 4,450 connections, in its
 * iptables and nftables modes. The plan for a data plane with the same semantics, and the engine with this plan, must give
 * the same outcomes, except for listed differences with their reasons.
 */
@Tag("conformance")
class KubeProxyRecordingTest {
    private static final int PROBES = 4450;

    @ParameterizedTest
    @EnumSource
    void shouldPlanWhatKubeProxyDid(Recording.Mode mode) throws IOException, ConfigException {
        final Recording recording = Recording.read(mode);
        final ForwardingPlan plan = recording.plan().plan();
        requireSame(recording, plan, new PlanOracle(plan)::decide);
    }

    @ParameterizedTest
    @EnumSource
    void shouldDoInTheEngineWhatKubeProxyDid(Recording.Mode mode) throws IOException, ConfigException {
        final Recording recording = Recording.read(mode);
        final ForwardingPlan plan = recording.plan().plan();
        try (EngineDecider.Running engine = new EngineDecider(plan).start()) {
            requireSame(recording, plan, engine);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldSayInTheDocumentationWhatDiffers(Recording.Mode mode) throws IOException {
        final List<String> rows = Files.readAllLines(Path.of("..", "docs", "testkit.md")).stream()
                .filter(line -> line.startsWith("| " + mode.word() + " |"))
                .toList();
        assertThat(rows)
                .containsExactlyElementsOf(Recording.read(mode).differences().stream()
                        .map(difference -> "| " + mode.word() + " | "
                                + difference.ours().size() + " | " + difference.reason() + " |")
                        .toList());
    }

    /** Fails on unlisted differences, and on listed ones that no longer exist. */
    private static void requireSame(Recording recording, ForwardingPlan plan, PacketDecider decider) {
        assertThat(recording.probes()).hasSize(PROBES);
        final Map<String, Set<String>> listed = new HashMap<>();
        final Map<String, String> reasons = new HashMap<>();
        final Map<String, Integer> counts = new LinkedHashMap<>();
        for (Recording.Difference difference : recording.differences()) {
            counts.put(difference.reason(), difference.ours().size());
            for (RecordedProbe ours : difference.ours()) {
                assertThat(listed.put(ours.toString(), ours.outcomes()))
                        .as("%s is listed twice", ours)
                        .isNull();
                reasons.put(ours.toString(), difference.reason());
            }
        }
        final RecordedNode node = new RecordedNode(plan);
        final List<String> wrong = new ArrayList<>();
        final Map<String, Integer> met = new LinkedHashMap<>();
        for (RecordedProbe probe : recording.probes()) {
            final Set<String> ours = node.outcomes(probe, decider.decide(RecordedNode.firstPacket(probe)));
            final boolean agrees = Recording.agrees(probe, ours);
            final Set<String> wanted = listed.get(probe.toString());
            if (wanted == null ? !agrees : agrees || !ours.equals(wanted)) {
                wrong.add(probe + ": recorded " + probe.outcomes() + ", ours " + ours + ", listed " + wanted);
            } else if (!agrees) {
                met.merge(reasons.getOrDefault(probe.toString(), ""), 1, Integer::sum);
            }
        }
        assertThat(wrong)
                .as("differences that are not listed, and listed ones that are none")
                .isEmpty();
        assertThat(met).isEqualTo(counts);
    }
}

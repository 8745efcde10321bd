package io.pointsman.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.plan.ModeSemantics;
import io.pointsman.spi.BackendConfig;
import io.pointsman.testkit.ConformanceCases;
import io.pointsman.testkit.Outcome.Verdict;
import io.pointsman.testkit.PacketScenario;
import io.pointsman.testkit.lab.LabExtension;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LabExtension.class)
class PacketPlayerTest {
    private static PacketScenario scenario(String id) throws Exception {
        return PacketScenario.all(ConformanceCases.load(), ModeSemantics.IPTABLES).stream()
                .filter(scenario -> scenario.toString().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shouldFindEveryPacketWrongThatABackendLeavesAlone(@TempDir Path folder) throws Exception {
        final PacketScenario scenario = scenario("external-policy-local");
        final PacketPlayer player = new PacketPlayer(
                scenario, new BackendOpener(new IdleProvider(), new BackendConfig(folder, Map.of())), _ -> "looked");
        player.play();
        final List<String> wrong = scenario.steps().getFirst().packets().stream()
                .filter(packet -> packet.expected().verdict() == Verdict.FORWARD)
                .map(PacketScenario.Packet::name)
                .toList();
        assertThat(wrong).isNotEmpty();
        assertThat(wrong).allSatisfy(name -> assertThat(player.failures())
                .anySatisfy(failure -> assertThat(failure).startsWith(name)));
        assertThat(player.diagnosis()).contains("looked");
    }

    @Test
    void shouldSeeThatAPacketWentOnUntouched(@TempDir Path folder) throws Exception {
        final PacketPlayer player = new PacketPlayer(
                scenario("node-port-ipt-v6-localhost-off"),
                new BackendOpener(new IdleProvider(), new BackendConfig(folder, Map.of())),
                _ -> "");
        player.play();
        assertThat(player.failures()).isNotEmpty().noneSatisfy(failure -> assertThat(failure)
                .contains("untouched"));
    }

    @Test
    void shouldResolveEveryPacketsCaseForAnySemantics() throws Exception {
        for (ModeSemantics mode : List.of(ModeSemantics.IPTABLES, ModeSemantics.NFTABLES)) {
            final List<PacketScenario> scenarios = PacketScenario.all(ConformanceCases.load(), mode);
            assertThat(scenarios).hasSizeGreaterThan(20).allSatisfy(scenario -> assertThat(scenario.steps())
                    .anySatisfy(step -> assertThat(step.packets()).isNotEmpty()));
        }
    }
}

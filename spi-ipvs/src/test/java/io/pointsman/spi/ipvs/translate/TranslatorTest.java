package io.pointsman.spi.ipvs.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.ipset.IpsetElement;
import io.pointsman.linux.ipvs.Destination;
import io.pointsman.linux.ipvs.ServerKey;
import io.pointsman.linux.ipvs.ServerSpec;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.ipvs.Plans;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class TranslatorTest {
    private static final IpAddress VIP = IpAddress.parse("10.96.0.10");
    private static final ServerKey SERVER = ServerKey.of(Protocol.TCP, VIP, 80);
    private static final EndpointPool LOCAL =
            Plans.pool(Plans.owner("web", Protocol.TCP), PoolId.Scope.LOCAL, "10.180.0.1,8080");

    private static TranslatedRule translate(Rule rule) {
        return Translator.translate(
                rule, Plans.node("192.168.0.2", "127.0.0.1"), new Schedulers("rr", ServerSpec.FALLBACK), false);
    }

    private static Plans.RuleBuilder web(String... endpoints) {
        return Plans.rule("web", Protocol.TCP, VIP.toString(), 80, endpoints);
    }

    private static ServerConfig server(TranslatedRule unit, ServerKey key) {
        return Objects.requireNonNull(unit.servers().get(key));
    }

    private static List<String> lines(TranslatedRule unit) {
        return unit.elements().stream().map(IpsetElement::toString).sorted().toList();
    }

    @Test
    void shouldNeedOneVirtualServerWhenEverybodyUsesTheSamePool() {
        final TranslatedRule unit =
                translate(web("10.180.0.1,8080", "10.180.0.2,8080,3").build());

        assertThat(unit.servers())
                .containsExactly(Map.entry(
                        SERVER,
                        new ServerConfig(
                                new ServerSpec("rr", 0, 0),
                                Map.of(
                                        new Destination(IpAddress.parse("10.180.0.1"), 8080),
                                        1,
                                        new Destination(IpAddress.parse("10.180.0.2"), 8080),
                                        3),
                                true)));
        assertThat(unit.vips()).containsExactly(VIP);
        assertThat(lines(unit))
                .containsExactly(
                        "add PTV4-FRONTENDS 10.96.0.10,tcp:80",
                        "add PTV4-MASQ-EXT 10.96.0.10,tcp:80",
                        "add PTV4-MASQ-NODE 10.96.0.10,tcp:80");
        assertThat(unit.problems()).isEmpty();
    }

    @Test
    void shouldKeepADestinationWithoutWeightWhileItServesAsALastResort() {
        final Rule rule = web("10.180.0.1,8080")
                .serving(Plans.pool(
                        Plans.owner("web", Protocol.TCP), PoolId.Scope.SERVING, "10.180.0.1,8080", "10.180.0.9,8080"))
                .build();

        assertThat(server(translate(rule), SERVER).weights())
                .containsEntry(new Destination(IpAddress.parse("10.180.0.9"), 8080), 0)
                .containsEntry(new Destination(IpAddress.parse("10.180.0.1"), 8080), 1);
    }

    @Test
    void shouldGiveOriginsAMarkWhenTheyUseAnotherPool() {
        final TranslatedRule unit = translate(web("10.180.0.1,8080", "10.244.0.2,8080")
                .kind(FrontendKind.LOAD_BALANCER)
                .external(new Action.Forward(LOCAL, false))
                .build());

        final ServerKey marked = unit.servers().keySet().stream()
                .filter(ServerKey::isMark)
                .findFirst()
                .orElseThrow();
        final String mark = Integer.toHexString(marked.mark());
        assertThat(server(unit, SERVER).weights())
                .containsEntry(new Destination(IpAddress.parse("10.180.0.1"), 8080), 1)
                .containsEntry(new Destination(IpAddress.parse("10.244.0.2"), 8080), 0);
        assertThat(server(unit, marked).weights().values()).containsOnly(1);
        assertThat(marked.family()).isEqualTo(IpFamily.IPV4);
        assertThat(lines(unit))
                .containsExactly(
                        "add PTV4-FRONTENDS 10.96.0.10,tcp:80",
                        "add PTV4-MARK-NODE 10.96.0.10,tcp:80 skbmark 0x" + mark,
                        "add PTV4-MARK-POD 10.96.0.10,tcp:80 skbmark 0x" + mark,
                        "add PTV4-MASQ-NODE 10.96.0.10,tcp:80");
    }

    @Test
    void shouldDropStrangersWhenNoEndpointIsLocal() {
        final TranslatedRule unit = translate(web("10.244.0.2,8080")
                .kind(FrontendKind.EXTERNAL_IP)
                .external(Action.DROP)
                .build());

        assertThat(unit.servers()).containsOnlyKeys(SERVER);
        assertThat(lines(unit)).contains("add PTV4-DROP-EXT 10.96.0.10,tcp:80");
    }

    @Test
    void shouldSendStrangersToAnyEndpointWhenToldToFallBack() {
        final Rule rule = web("10.244.0.2,8080")
                .kind(FrontendKind.EXTERNAL_IP)
                .external(Action.DROP)
                .build();
        final TranslatedRule unit =
                Translator.translate(rule, Plans.node(), new Schedulers("rr", ServerSpec.FALLBACK), true);

        assertThat(lines(unit))
                .contains("add PTV4-MASQ-EXT 10.96.0.10,tcp:80")
                .noneMatch(line -> line.contains("DROP"));
        assertThat(server(unit, SERVER).weights().values()).containsOnly(1);
    }

    @Test
    void shouldRefuseWithoutAVirtualServerWhenThereIsNoEndpoint() {
        final TranslatedRule unit = translate(web().build());

        assertThat(unit.servers()).isEmpty();
        assertThat(unit.vips()).containsExactly(VIP);
        assertThat(lines(unit))
                .containsExactly("add PTV4-FRONTENDS 10.96.0.10,tcp:80", "add PTV4-REJECT 10.96.0.10,tcp:80");
    }

    @Test
    void shouldSplitTheRangeOfEverythingBecauseASetCantHoldIt() {
        assertThat(lines(translate(web("10.180.0.1,80")
                        .sources("0.0.0.0/0", "198.51.100.7/32", "::/0")
                        .build())))
                .contains(
                        "add PTV4-GUARDED 10.96.0.10,tcp:80",
                        "add PTV4-SOURCES 10.96.0.10,tcp:80,0.0.0.0/1",
                        "add PTV4-SOURCES 10.96.0.10,tcp:80,128.0.0.0/1",
                        "add PTV4-SOURCES 10.96.0.10,tcp:80,198.51.100.7")
                .hasSize(7);
    }

    @Test
    void shouldServeANodePortAtEveryAddressThatIsNoLoopback() {
        final TranslatedRule unit = translate(Plans.rule("web", Protocol.UDP, "0.0.0.0", 30053, "10.180.0.1,53")
                .build());

        assertThat(unit.servers()).containsOnlyKeys(ServerKey.of(Protocol.UDP, Plans.NODE, 30053));
        assertThat(unit.servers().values()).noneMatch(ServerConfig::drains);
        assertThat(unit.vips()).isEmpty();
        assertThat(unit.problems()).extracting(RuleProblem::kind).containsExactly(RuleProblem.Kind.DEGRADED);
    }

    @Test
    void shouldRememberClientsWhenTheServiceHasAffinity() {
        final TranslatedRule unit =
                translate(web("10.180.0.1,80").affinity(Duration.ofHours(3)).build());

        assertThat(server(unit, SERVER).spec()).isEqualTo(new ServerSpec("rr", ServerSpec.PERSISTENT, 10800));
    }

    @Test
    void shouldSayWhenTheKernelCantCountThatLong() {
        final TranslatedRule unit =
                translate(web("10.180.0.1,80").affinity(Duration.ofDays(400)).build());

        assertThat(unit.problems()).extracting(RuleProblem::kind).containsExactly(RuleProblem.Kind.DEGRADED);
        assertThat(server(unit, SERVER).spec().timeoutSeconds()).isEqualTo(Schedulers.MAX_AFFINITY_SECONDS);
    }

    @Test
    void shouldNameTheKernelsSchedulerForEachAlgorithm() {
        final Schedulers schedulers = new Schedulers("sed", ServerSpec.FALLBACK);

        assertThat(Arrays.stream(Balancing.values()).map(schedulers::nameOf))
                .containsExactly("sed", "rr", "wrr", "wlc", "sh", "mh")
                .allMatch(Schedulers.ALL::contains);
    }

    @Test
    void shouldLeaveAVipAloneThatIsTheNodesOwnAddress() {
        final TranslatedRule unit =
                translate(Plans.rule("web", Protocol.TCP, Plans.NODE.toString(), 80, "10.180.0.1,80")
                        .kind(FrontendKind.EXTERNAL_IP)
                        .build());

        assertThat(unit.servers()).containsOnlyKeys(ServerKey.of(Protocol.TCP, Plans.NODE, 80));
        assertThat(unit.vips()).isEmpty();
    }
}

package io.pointsman.spi.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.conntrack.ConntrackDump;
import io.pointsman.linux.conntrack.ConntrackEntry;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.linux.nftables.Flowtable;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.route.Route;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Measurement;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.nftables.fastpath.FastPaths;
import io.pointsman.spi.nftables.render.FastPath;
import io.pointsman.spi.nftables.render.Layout;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabConnection;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections that a flowtable forwards, if the kernel has flowtables, and service without if it has none. */
class FastPathTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int NODE_PORT = 30080;
    private static final int EXCHANGES = 20;
    private static final ServicePortName WEB = Plans.owner("web", Protocol.TCP);
    private static final ServicePortName DNS = Plans.owner("dns", Protocol.UDP);
    private static final Map<String, String> ON = Map.of("flowtable", "on");

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    Path folder;

    private record Addresses(IpFamily family) {
        IpAddress of(String ipv4, String ipv6) {
            return IpAddress.parse(family == IpFamily.IPV4 ? ipv4 : ipv6);
        }

        IpAddress node() {
            return of("192.168.7.1", "fd00:7::1");
        }

        IpAddress client() {
            return of("192.168.7.2", "fd00:7::2");
        }

        /** The node's towards pods. */
        IpAddress gateway() {
            return of("10.1.0.1", "fd00:10::1");
        }

        IpAddress pod(int number) {
            return of("10.1." + number + ".2", "fd00:10:0:" + number + "::2");
        }

        IpAddress vip() {
            return of("10.96.0.1", "fd00:96::1");
        }

        int prefix() {
            return family == IpFamily.IPV4 ? 24 : 64;
        }
    }

    /** A node with pods on links of their own, as many network plug-ins make them, and a client next to it. */
    private record Site(Addresses at, Lab lab, LabHost node, LabHost client) {
        static Site open(LabExtension labs, IpFamily family) throws IOException {
            final Lab lab = labs.closing(Lab.open());
            final Addresses at = new Addresses(family);
            final LabHost node = lab.addHost("node").forward();
            final LabHost client = lab.addHost("client");
            lab.connect(node, "eth0", client, "eth0");
            node.addAddress("eth0", at.node(), at.prefix());
            client.addAddress("eth0", at.client(), at.prefix()).route(Route.everything(family), at.node());
            return new Site(at, lab, node, client);
        }

        void addPod(int number) throws IOException {
            final LabHost pod = lab.addHost("pod" + number);
            lab.connect(node, "pod" + number, pod, "eth0");
            final int bits = at.family == IpFamily.IPV4 ? 32 : 128;
            node.addAddress("pod" + number, at.gateway(), bits).route(new Cidr(at.pod(number), bits), "pod" + number);
            pod.addAddress("eth0", at.pod(number), bits)
                    .route(new Cidr(at.gateway(), bits), "eth0")
                    .route(Route.everything(at.family), at.gateway());
            pod.serveEcho(Protocol.TCP, at.pod(number), 8080);
            pod.serveEcho(Protocol.UDP, at.pod(number), 8080);
        }

        Backend open(Path folder, Map<String, String> settings) throws BackendException {
            return node.<Backend, BackendException>call(
                    () -> new NftablesProvider().open(new BackendConfig(folder, settings)));
        }

        void apply(Backend backend, ForwardingPlan plan, PlanDelta delta) throws BackendException {
            assertThat(node.call(() -> backend.apply(plan, delta)).problems()).isEmpty();
        }

        ForwardingPlan plan(long version, int pod) {
            return Plans.plan(
                    version,
                    Plans.node(at.node().toString()),
                    List.of(),
                    List.of(
                            Plans.usual(Plans.clusterIp(WEB, at.vip().toString(), 80), pool(WEB, pod)),
                            nodePort(pod),
                            Plans.usual(Plans.clusterIp(DNS, at.vip().toString(), 53), pool(DNS, pod))));
        }

        private Rule nodePort(int pod) {
            return Plans.nodePort(WEB, at.family, NODE_PORT)
                    .all(Plans.masquerade(pool(WEB, pod)))
                    .build();
        }

        private EndpointPool pool(ServicePortName owner, int pod) {
            return Plans.pool(owner, PoolId.Scope.CLUSTER, at.family, at.pod(pod) + ",8080");
        }

        LabConnection connect(Protocol protocol, IpAddress to, int port) {
            return client.connect(Probe.of(protocol, to, port).within(PATIENCE));
        }

        /** Ports of destinations, before translation, of connections in the flowtable. */
        List<Integer> offloaded() throws IOException {
            return node.call(() -> {
                final List<Integer> ports = new ArrayList<>();
                try (ConntrackDump dump = ConntrackDump.open()) {
                    for (Optional<ConntrackEntry> next = dump.next(); next.isPresent(); next = dump.next()) {
                        if (next.get().has(ConntrackEntry.OFFLOADED)) {
                            ports.add(next.get().original().destinationPort());
                        }
                    }
                }
                return ports;
            });
        }

        List<String> interfaces() throws IOException {
            return node.call(() -> {
                try (NfTables kernel = NfTables.open()) {
                    return kernel.flowtables(Layout.table(at.family)).stream()
                            .map(Flowtable::devices)
                            .flatMap(devices -> devices.stream())
                            .toList();
                }
            });
        }

        String rules() throws IOException {
            return node.run("nft", "list ruleset").outputOrFail();
        }

        /** Number of packets forwarded without the flowtable, by another program's counter. */
        long slow() throws IOException {
            final String text =
                    node.run("nft", "list counter inet watch forwarded").outputOrFail();
            return Long.parseLong(text.replaceAll("(?s).*packets (\\d+).*", "$1"));
        }
    }

    private static IpAddress server(LabConnection connection) {
        final ProbeResult result = connection.exchange(PATIENCE);
        return result.answer()
                .orElseThrow(() -> new AssertionError("no answer but " + result))
                .local();
    }

    /** Result of one trial, because it takes long on emulated kernels. */
    private static final class Tried {
        static final List<String> WHY = new ArrayList<>();
        static final FastPaths PATHS = FastPaths.tried(FastPath.ON, Whereabouts.here(), () -> {}, WHY::add);
    }

    private static void requireFlowtables(IpFamily family) {
        Assumptions.assumeTrue(Tried.PATHS.of(family) == FastPath.ON, () -> String.join("; ", Tried.WHY));
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(String what, Condition condition) throws Exception {
        final long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() - deadlineNanos > 0) {
                Assertions.fail("not within " + PATIENCE + ": " + what);
            }
            Thread.sleep(50);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldForwardEstablishedConnectionsByTheFlowtable(IpFamily family) throws Exception {
        final Site site = Site.open(labs, family);
        requireFlowtables(family);
        site.addPod(1);
        site.node
                .run(
                        "nft",
                        "table inet watch { counter forwarded { }; chain on { type filter hook forward priority 0;"
                                + " counter name forwarded; }; }")
                .outputOrFail();
        try (Backend backend = site.open(folder, ON)) {
            final ForwardingPlan first = site.plan(1, 1);
            site.apply(backend, first, PlanDelta.whole(first));
            assertThat(site.interfaces()).contains("eth0", "pod1").doesNotContain("lo");
            try (LabConnection vip = site.connect(Protocol.TCP, site.at.vip(), 80);
                    LabConnection nodePort = site.connect(Protocol.TCP, site.at.node(), NODE_PORT)) {
                assertThat(server(vip)).isEqualTo(site.at.pod(1));
                assertThat(server(nodePort)).isEqualTo(site.at.pod(1));
                server(vip); // the flow was entered by the second packet at the latest
                server(nodePort);
                assertThat(site.offloaded()).contains(80, NODE_PORT);
                final long before = site.slow();
                for (int i = 0; i < EXCHANGES; i++) {
                    server(vip);
                    server(nodePort);
                }
                assertThat(site.slow()).as("packets by the long way").isEqualTo(before);

                site.addPod(2);
                await("the new pod's interface is in the flowtable", () -> site.interfaces()
                        .contains("pod2"));
                final ForwardingPlan second = site.plan(2, 2);
                site.apply(backend, second, PlanDelta.between(first, second));
                assertThat(server(vip)).as("an established connection stays").isEqualTo(site.at.pod(1));
                try (LabConnection other = site.connect(Protocol.TCP, site.at.vip(), 80)) {
                    assertThat(server(other)).isEqualTo(site.at.pod(2));
                }
                assertThat(site.node.call(() -> backend.audit().findings())).isEmpty();
            }
            await("closed connections leave the flowtable", () -> site.offloaded()
                    .isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldEndOffloadedUdpFlowsWithTheirEndpoint(IpFamily family) throws Exception {
        final Site site = Site.open(labs, family);
        requireFlowtables(family);
        site.addPod(1);
        site.addPod(2);
        try (Backend backend = site.open(folder, ON)) {
            final ForwardingPlan first = site.plan(1, 1);
            site.apply(backend, first, PlanDelta.whole(first));
            try (LabConnection dns = site.connect(Protocol.UDP, site.at.vip(), 53)) {
                assertThat(server(dns)).isEqualTo(site.at.pod(1));
                server(dns);
                await("the flow is in the flowtable", () -> {
                    server(dns);
                    return site.offloaded().contains(53);
                });
                final ForwardingPlan second = site.plan(2, 2);
                site.apply(backend, second, PlanDelta.between(first, second));
                await("its datagrams reach the new endpoint", () -> server(dns).equals(site.at.pod(2)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldListRulesThatCanBeLoadedAndMendWhatOthersTookOut(IpFamily family) throws Exception {
        final Site site = Site.open(labs, family);
        requireFlowtables(family);
        site.addPod(1);
        try (Backend backend = site.open(folder, ON)) {
            final ForwardingPlan plan = site.plan(1, 1);
            site.apply(backend, plan, PlanDelta.whole(plan));
            final String rules = site.rules();
            assertThat(rules).contains("flowtable fast-path {", "flow add @fast-path");
            final Path file = Files.writeString(folder.resolve("rules"), "flush ruleset\n" + rules);
            site.node.run("nft", "--check", "--file", file.toString()).outputOrFail();

            final String table = (family == IpFamily.IPV4 ? "ip" : "ip6") + " pointsman fast-path";
            site.node
                    .run("nft", "delete flowtable " + table + " { hook ingress priority 0; devices = { pod1 }; }")
                    .outputOrFail();
            await("the interface is back", () -> site.interfaces().contains("pod1"));
            assertThat(site.node.call(() -> backend.cleanup(false)).removed()).isNotEmpty();
            assertThat(site.rules()).doesNotContain("flowtable");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldMakeTheTableAnewWithoutWhenItIsNoLongerAskedFor(IpFamily family) throws Exception {
        final Site site = Site.open(labs, family);
        requireFlowtables(family);
        site.addPod(1);
        final ForwardingPlan plan = site.plan(1, 1);
        for (Map<String, String> settings : List.of(Map.<String, String>of(), ON, Map.<String, String>of())) {
            try (Backend backend = site.open(folder, settings)) {
                site.apply(backend, plan, PlanDelta.whole(plan));
                assertThat(site.rules().contains("flowtable fast-path")).isEqualTo(settings.equals(ON));
                assertThat(site.node.call(() -> backend.audit().findings())).isEmpty();
                try (LabConnection vip = site.connect(Protocol.TCP, site.at.vip(), 80)) {
                    assertThat(server(vip)).isEqualTo(site.at.pod(1));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldServeWithoutWhereTheKernelHasNoFlowtables(IpFamily family) throws Exception {
        final Site site = Site.open(labs, family);
        Assumptions.assumeTrue(Tried.PATHS.of(family) == FastPath.OFF, "this kernel has flowtables");
        assertThat(Tried.WHY).anySatisfy(each -> assertThat(each)
                .contains("flowtable = on: not used for " + family + ", which is served without it: "));
        site.addPod(1);
        try (Backend backend = site.open(folder, ON)) {
            final ForwardingPlan plan = site.plan(1, 1);
            site.apply(backend, plan, PlanDelta.whole(plan));
            assertThat(site.rules()).doesNotContain("flowtable", "fast-path");
            try (LabConnection vip = site.connect(Protocol.TCP, site.at.vip(), 80)) {
                assertThat(server(vip)).isEqualTo(site.at.pod(1));
            }
            assertThat(backend.measurements().stream()
                            .filter(each -> each.metric().name().equals("pointsman_nftables_fast_path"))
                            .map(each -> (Measurement.Gauge) each)
                            .collect(Collectors.toMap(each -> each.labels().get("family"), Measurement.Gauge::value)))
                    .containsEntry(family.toString(), 0.0);
        }
    }

    @Test
    void shouldRefuseToCountPacketsThatItDoesNotSee() {
        Assertions.assertThatExceptionOfType(BackendException.class)
                .isThrownBy(() -> NftablesSettings.of(
                        new BackendConfig(folder, Map.of("flowtable", "on", "counters", "packets"))))
                .withMessageContaining("counters = packets and flowtable = on");
    }
}

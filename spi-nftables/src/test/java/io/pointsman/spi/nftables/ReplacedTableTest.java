package io.pointsman.spi.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.nftables.Element;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.nftables.render.Guard;
import io.pointsman.spi.nftables.render.Layout;
import io.pointsman.spi.nftables.render.Samples;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A storm of first packets while agents start one after the other, each with another setting than the last, so that each makes
 * the table anew. The node drops every datagram behind all translation, before connection tracking remembers it: each is a
 * first packet.
 */
class ReplacedTableTest {
    /** Number of starts; enough for a packet to pass between the two tables in some of them. */
    private static final int STARTS = 40;

    private static final int SENDERS = 2;
    private static final int PORTS = 4;
    private static final int FIRST_PORT = 1000;
    private static final IpAddress NODE = IpAddress.parse("10.1.0.2");
    private static final IpAddress POD = IpAddress.parse("10.1.0.1");
    private static final IpAddress VIP = IpAddress.parse("10.96.0.10");
    private static final String WATCH = """
            table ip watch {
              counter missed { }
              counter kept { }
              counter reached { }
              chain leaving {
                type filter hook postrouting priority 300;
                ip daddr 10.96.0.10 counter name missed drop
                udp dport 8080-8083 ip saddr 10.1.0.1 counter name kept drop
                udp dport 8080-8083 counter name reached drop
              }
            }
            """;

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    Path folder;

    private Lab lab;
    private LabHost node;
    private LabHost pod;

    @BeforeEach
    void setUp() throws Exception {
        lab = labs.closing(Lab.open());
        node = lab.addHost("node");
        pod = lab.addHost("pod");
        lab.connect(node, "pods", pod, "eth0");
        node.addAddress("pods", NODE, 24).route(Cidr.parse("10.96.0.0/16"), POD).forward();
        pod.addAddress("eth0", POD, 24).route(Cidr.parse("10.96.0.0/16"), NODE);
        start(0);
        node.run("nft", WATCH).outputOrFail();
    }

    @Test
    void shouldLetNoPacketPassUntranslatedWhileTablesAreReplaced() throws Exception {
        final AtomicBoolean done = new AtomicBoolean();
        final List<FutureTask<Long>> senders = new ArrayList<>();
        try {
            for (int i = 0; i < SENDERS; i++) {
                final FutureTask<Long> sender = new FutureTask<>(() -> pod.call(() -> send(done)));
                senders.add(sender);
                Thread.ofPlatform().daemon().start(sender);
            }
            for (int i = 1; i <= STARTS; i++) {
                start(i);
            }
        } finally {
            done.set(true);
        }
        long sent = 0;
        for (FutureTask<Long> sender : senders) {
            sent += sender.get();
        }
        assertThat(packets("missed")).as("untranslated of %d", sent).isZero();
        assertThat(packets("kept")).as("with their source of %d", sent).isZero();
        assertThat(packets("reached")).as("of %d", sent).isGreaterThan(STARTS);
        assertThat(node.run("nft", "list table ip pointsman").outputOrFail()).doesNotContain("guard");
    }

    /** Empties one NAT chain, as a packet sees it that reads the new table too early and the old one too late. */
    @ParameterizedTest
    @ValueSource(strings = {"nat-prerouting", "nat-output", "nat-postrouting"})
    void shouldDropWhatNoRuleTranslated(String emptyChain) throws Exception {
        final LabHost sender = emptyChain.equals("nat-output") ? node : pod;
        guard(emptyChain);
        sender.call(ReplacedTableTest::sendOnce);
        assertThat(packets("missed")).isZero();
        assertThat(packets("kept")).isZero();
        assertThat(packets("reached")).isZero();
        start(0); // as one that finds what another left which was killed
        sender.call(ReplacedTableTest::sendOnce);
        assertThat(packets("missed")).isZero();
        assertThat(packets("reached")).isEqualTo(PORTS);
        assertThat(node.run("nft", "list table ip pointsman").outputOrFail()).doesNotContain("guard");
    }

    private void guard(String emptyChain) throws IOException {
        final TableId table = Layout.table(IpFamily.IPV4);
        final ForwardingPlan plan = Plans.plan(1, rules());
        final Transaction transaction = new Transaction().flushChain(table, emptyChain);
        Guard.sets(IpFamily.IPV4).forEach(set -> transaction.add(table, set));
        transaction.add(table, Guard.chain());
        transaction.addElements(
                table,
                Guard.sets(IpFamily.IPV4).getFirst(),
                plan.rules().keySet().stream()
                        .map(frontend -> Element.of(Layout.key(frontend)))
                        .toList());
        Guard.rules(IpFamily.IPV4, plan.node(), Samples.OPTIONS).forEach(rule -> transaction.append(table, rule));
        node.call(() -> {
            try (NfTables kernel = NfTables.open()) {
                kernel.commit(transaction);
            }
            return true;
        });
    }

    /** An agent that serves for a moment. */
    private void start(int number) throws Exception {
        final Map<String, String> settings =
                Map.of("watch-seconds", "0", "affinity-size", number % 2 == 0 ? "1000" : "2000");
        final ForwardingPlan plan = Plans.plan(1, rules());
        try (Backend backend = node.call(() -> new NftablesProvider().open(new BackendConfig(folder, settings)))) {
            assertThat(node.call(() -> backend.apply(plan, PlanDelta.whole(plan)))
                            .problems())
                    .isEmpty();
            assertThat(node.call(backend::audit).findings()).isEmpty();
        }
    }

    private static List<Rule> rules() {
        final List<Rule> rules = new ArrayList<>();
        for (int i = 0; i < PORTS; i++) {
            final ServicePortName owner = Plans.owner("dns" + i, Protocol.UDP);
            rules.add(Plans.clusterIp(owner, VIP.toString(), FIRST_PORT + i)
                    .all(Plans.masquerade(
                            Plans.pool(owner, PoolId.Scope.CLUSTER, IpFamily.IPV4, POD + ",8080", POD + ",8081")))
                    .build());
        }
        return rules;
    }

    private long packets(String counter) throws IOException {
        final String text = node.run("nft", "list counter ip watch " + counter).outputOrFail();
        return Long.parseLong(text.replaceAll("(?s).*packets (\\d+).*", "$1"));
    }

    private static List<InetSocketAddress> ports() {
        return IntStream.range(FIRST_PORT, FIRST_PORT + PORTS)
                .mapToObj(port -> new InetSocketAddress(VIP.toInetAddress(), port))
                .toList();
    }

    /** Sends a datagram to each port of the VIP. A sender on the node is told what became of one that was dropped. */
    private static boolean sendOnce() throws IOException {
        try (DatagramChannel socket = DatagramChannel.open(StandardProtocolFamily.INET)) {
            for (InetSocketAddress port : ports()) {
                try {
                    socket.send(ByteBuffer.allocate(1), port);
                } catch (IOException e) {
                    assertThat(e).hasMessageContaining("not permitted");
                }
            }
        }
        return true;
    }

    /** Sends datagrams to each port of the VIP in turn, and returns how many. */
    private static long send(AtomicBoolean done) throws IOException {
        final ByteBuffer datagram = ByteBuffer.allocateDirect(1);
        final List<InetSocketAddress> ports = ports();
        long sent = 0;
        try (DatagramChannel socket = DatagramChannel.open(StandardProtocolFamily.INET)) {
            while (!done.get()) {
                for (InetSocketAddress port : ports) {
                    sent += socket.send(datagram.rewind(), port);
                }
            }
        }
        return sent;
    }
}

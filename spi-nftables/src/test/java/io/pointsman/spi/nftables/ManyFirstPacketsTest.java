package io.pointsman.spi.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many first packets while pools shrink and grow again, and while policies appear of which there was none before. The node
 * drops each packet after translation, before connection tracking remembers it: so each datagram is a first packet, and as
 * many as possible are in transit during each transaction.
 */
class ManyFirstPacketsTest {
    /** Number of changes: large enough that some hit a packet in transit, which one in a hundred does. */
    private static final int CHANGES = 1000;

    private static final int PORTS = 4;
    private static final int FIRST_PORT = 1000;
    private static final int[] SIZES = {64, 2, 3, 1};
    private static final int SENDERS = 2;
    private static final IpAddress NODE = IpAddress.parse("10.1.0.2");
    private static final IpAddress POD = IpAddress.parse("10.1.0.1");
    private static final IpAddress VIP = IpAddress.parse("10.96.0.10");
    private static final String WATCH = """
            table ip watch {
              counter arrived { }
              counter reached { }
              counter missed { }
              chain arriving {
                type filter hook prerouting priority -300;
                ip daddr 10.96.0.10 counter name arrived
              }
              chain leaving {
                type filter hook forward priority -300;
                ip daddr 10.96.0.10 counter name missed drop
                udp dport 8080-8150 counter name reached drop
              }
            }
            """;

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    Path folder;

    @Test
    void shouldTranslateEachWhenPoolsShrinkAndGrowAgain() throws Exception {
        changeUnderLoad(step -> {
            final List<Rule> rules = new ArrayList<>();
            for (int i = 0; i < PORTS; i++) {
                rules.add(rule(
                        i,
                        Balancing.RANDOM,
                        IntStream.range(0, SIZES[step % SIZES.length]).mapToObj(number -> endpoint(number, 1))));
            }
            return rules;
        });
    }

    @Test
    void shouldTranslateEachWhenPoliciesComeThatWereNotThere() throws Exception {
        changeUnderLoad(step -> {
            final List<Rule> rules = new ArrayList<>();
            for (int i = 0; i < PORTS; i++) {
                final int weight = 2 + step * PORTS + i; // as many slots and one more, hence a chain of its own
                rules.add(rule(i, Balancing.WEIGHTED, Stream.of(endpoint(0, 1), endpoint(1, weight % 900))));
            }
            return rules;
        });
    }

    private interface Rules {
        List<Rule> at(int step);
    }

    private void changeUnderLoad(Rules rules) throws Exception {
        final Lab lab = labs.closing(Lab.open());
        final LabHost node = lab.addHost("node");
        final LabHost pod = lab.addHost("pod");
        lab.connect(node, "pods", pod, "eth0");
        node.addAddress("pods", NODE, 24).route(Cidr.parse("10.96.0.0/16"), POD).forward();
        pod.addAddress("eth0", POD, 24).route(Cidr.parse("10.96.0.0/16"), NODE);
        node.run("nft", WATCH).outputOrFail();
        final AtomicBoolean done = new AtomicBoolean();
        final List<FutureTask<Long>> senders = new ArrayList<>();
        try (Backend backend =
                node.call(() -> new NftablesProvider().open(new BackendConfig(folder, Map.of("watch-seconds", "0"))))) {
            ForwardingPlan current = Plans.plan(1, rules.at(0));
            apply(node, backend, current, PlanDelta.whole(current));
            for (int i = 0; i < SENDERS; i++) {
                final FutureTask<Long> sender = new FutureTask<>(() -> pod.call(() -> send(done)));
                senders.add(sender);
                Thread.ofPlatform().daemon().start(sender);
            }
            for (int step = 1; step <= CHANGES; step++) {
                final ForwardingPlan after = Plans.plan(step + 1L, rules.at(step));
                apply(node, backend, after, PlanDelta.between(current, after));
                current = after;
            }
        } finally {
            done.set(true);
        }
        long sent = 0;
        for (FutureTask<Long> sender : senders) {
            sent += sender.get();
        }
        final long arrived = packets(node, "arrived");
        assertThat(packets(node, "missed")).as("untranslated of %d", arrived).isZero();
        assertThat(packets(node, "reached")).as("translated of %d sent", sent).isEqualTo(arrived);
        assertThat(arrived).isGreaterThan(CHANGES);
    }

    private static void apply(LabHost node, Backend backend, ForwardingPlan plan, PlanDelta delta)
            throws BackendException {
        assertThat(node.call(() -> backend.apply(plan, delta)).problems()).isEmpty();
    }

    private static String endpoint(int number, int weight) {
        return POD + "," + (8080 + number) + "," + weight;
    }

    private static Rule rule(int number, Balancing balancing, Stream<String> endpoints) {
        final ServicePortName owner = Plans.owner("dns" + number, Protocol.UDP);
        return Plans.clusterIp(owner, VIP.toString(), FIRST_PORT + number)
                .all(Plans.masquerade(
                        Plans.pool(owner, PoolId.Scope.CLUSTER, IpFamily.IPV4, endpoints.toArray(String[]::new))))
                .balancing(balancing)
                .build();
    }

    private static long packets(LabHost node, String counter) throws IOException {
        final String text = node.run("nft", "list counter ip watch " + counter).outputOrFail();
        return Long.parseLong(text.replaceAll("(?s).*packets (\\d+).*", "$1"));
    }

    /** Sends datagrams to each port of the VIP in turn, and returns how many. */
    private static long send(AtomicBoolean done) throws IOException {
        final ByteBuffer datagram = ByteBuffer.allocateDirect(1);
        final List<InetSocketAddress> ports = IntStream.range(FIRST_PORT, FIRST_PORT + PORTS)
                .mapToObj(port -> new InetSocketAddress(VIP.toInetAddress(), port))
                .toList();
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

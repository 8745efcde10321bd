package io.pointsman.spi.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.Sysctl;
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
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every first packet reaches an endpoint while the pools that it chooses from shrink and grow, and chains come and go: none
 * goes on to the VIP itself, which connection tracking would remember, and none is lost.
 */
class FirstPacketsTest {
    private static final int CHANGES = 60;
    private static final int PORTS = 10;
    private static final int FIRST_PORT = 1000;
    private static final int ENDPOINTS = 6;
    private static final IpAddress NODE = IpAddress.parse("10.1.0.2");
    private static final IpAddress POD = IpAddress.parse("10.1.0.1");
    private static final IpAddress VIP = IpAddress.parse("10.96.0.10");
    private static final String WATCH = """
            table ip watch {
              counter missed { }
              counter reached { }
              chain leaving {
                type filter hook postrouting priority 0;
                ip daddr 10.96.0.10 counter name missed
                udp dport 8080-8090 counter name reached
              }
            }
            """;

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    Path folder;

    @Test
    void shouldReachAnEndpointWhilePoolsChange() throws Exception {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        final Lab lab = labs.closing(Lab.open());
        final LabHost node = lab.addHost("node");
        lab.connect(node, "pods", lab.addHost("pod"), "eth0");
        node.addAddress("pods", NODE, 24)
                .route(Cidr.parse("10.96.0.0/16"), POD)
                .set(List.of(Sysctl.must("net.netfilter.nf_conntrack_udp_timeout", "1")));
        node.run("nft", WATCH);
        final AtomicBoolean done = new AtomicBoolean();
        final FutureTask<Long> sender = new FutureTask<>(() -> node.namespace().call(() -> send(done)));
        try (Backend backend =
                node.call(() -> new NftablesProvider().open(new BackendConfig(folder, Map.of("watch-seconds", "0"))))) {
            ForwardingPlan current = Plans.plan(1, rules(random));
            final ForwardingPlan first = current;
            node.call(() -> backend.apply(first, PlanDelta.whole(first)));
            Thread.ofPlatform().daemon().start(sender);
            for (int change = 0; change < CHANGES; change++) {
                final ForwardingPlan before = current;
                final ForwardingPlan after = Plans.plan(before.version() + 1, rules(random));
                node.call(() -> backend.apply(after, PlanDelta.between(before, after)));
                current = after;
            }
            assertThat(node.call(() -> backend.audit().findings())).isEmpty();
        } finally {
            done.set(true);
        }
        final long sent = sender.get();
        assertThat(packets(node, "missed"))
                .as("of %d datagrams, seed %d", sent, seed)
                .isZero();
        assertThat(packets(node, "reached"))
                .as("datagrams at endpoints, seed %d", seed)
                .isEqualTo(sent);
        assertThat(sent).isGreaterThan(CHANGES);
    }

    private static List<Rule> rules(Random random) {
        final List<Rule> rules = new ArrayList<>();
        for (int i = 0; i < PORTS; i++) {
            final ServicePortName owner = Plans.owner("dns" + i, Protocol.UDP);
            final String[] endpoints = IntStream.range(0, 1 + random.nextInt(ENDPOINTS))
                    .mapToObj(number -> POD + "," + (8080 + number))
                    .toArray(String[]::new);
            rules.add(Plans.clusterIp(owner, VIP.toString(), FIRST_PORT + i)
                    .all(Plans.forward(Plans.pool(owner, PoolId.Scope.CLUSTER, IpFamily.IPV4, endpoints)))
                    .build());
        }
        return rules;
    }

    private static long packets(LabHost node, String counter) throws IOException {
        final String text = node.run("nft", "list counter ip watch " + counter).outputOrFail();
        return Long.parseLong(text.replaceAll("(?s).*packets (\\d+).*", "$1"));
    }

    /** Sends a datagram to each port of the VIP from a socket, then from the next, and returns how many. */
    private static long send(AtomicBoolean done) throws IOException {
        final ByteBuffer query = ByteBuffer.allocate(1);
        long sent = 0;
        while (!done.get()) {
            try (DatagramChannel socket = DatagramChannel.open(StandardProtocolFamily.INET)) {
                for (int port = FIRST_PORT; port < FIRST_PORT + PORTS; port++) {
                    sent += socket.send(query.rewind(), new InetSocketAddress(VIP.toInetAddress(), port));
                }
            }
            LockSupport.parkNanos(200_000); // each change reads all connections that are tracked
        }
        return sent;
    }
}

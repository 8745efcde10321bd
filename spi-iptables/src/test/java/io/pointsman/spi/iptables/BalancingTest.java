package io.pointsman.spi.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PoolId;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Counts in the kernel how many new connections each endpoint gets; needs root. */
class BalancingTest {
    private static final int CONNECTIONS = 400;
    private static final int FIRST_PORT = 20_000;
    private static final Pattern SENT = Pattern.compile("\\[(\\d+):\\d+] -A PTS-V .*-j DNAT --to-destination (\\S+)");
    private static final ServicePortName DNS = Plans.owner("dns", Protocol.UDP);
    private static final EndpointPool POOL = Plans.pool(
            DNS,
            PoolId.Scope.CLUSTER,
            IpFamily.IPV4,
            "10.0.0.1,53,1",
            "10.0.0.2,53,5",
            "10.0.0.3,53,1",
            "10.0.0.4,53,1");

    @TempDir
    Path state;

    private List<Long> connectionsByEndpoint(Flavour flavour, Balancing balancing) throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = new IptablesProvider()
                        .open(new BackendConfig(state, Map.of("netns", netns.name, "flavour", flavour.word())))) {
            netns.run("ip", "link", "set", "lo", "up");
            netns.run("ip", "route", "add", "default", "dev", "lo");
            final ForwardingPlan plan = Plans.plan(
                    1,
                    List.of(Plans.clusterIp(DNS, "172.30.0.1", 53)
                            .balancing(balancing)
                            .all(Plans.forward(POOL))
                            .build()));
            backend.apply(plan, Plans.delta(null, plan));
            for (int i = 0; i < CONNECTIONS; i++) {
                send(netns, FIRST_PORT + i);
            }
            return SENT.matcher(netns.run(flavour.save(IpFamily.IPV4), "-c"))
                    .results()
                    .map(BalancingTest::count)
                    .toList();
        }
    }

    private static long count(MatchResult match) {
        return Long.parseLong(match.group(1));
    }

    /** Sends a datagram from the given port; each port makes a connection. */
    private static void send(NetNs netns, int port) throws IOException {
        try (DatagramChannel channel =
                Whereabouts.of(netns.name).call(() -> DatagramChannel.open(StandardProtocolFamily.INET))) {
            channel.bind(new InetSocketAddress(port));
            channel.send(ByteBuffer.allocate(1), new InetSocketAddress("172.30.0.1", 53));
        }
    }

    @ParameterizedTest
    @EnumSource(Flavour.class)
    void shouldSpreadEvenlyAtRandom(Flavour flavour) throws Exception {
        // 100 each on average, with a standard deviation of 9
        assertThat(connectionsByEndpoint(flavour, Balancing.RANDOM)).hasSize(4).allMatch(count -> count > 30);
    }

    @ParameterizedTest
    @EnumSource(Flavour.class)
    void shouldTakeTurnsWhenRoundRobin(Flavour flavour) throws Exception {
        assertThat(connectionsByEndpoint(flavour, Balancing.ROUND_ROBIN))
                .containsOnly(100L)
                .hasSize(4);
    }

    @ParameterizedTest
    @EnumSource(Flavour.class)
    void shouldHeedWeights(Flavour flavour) throws Exception {
        final List<Long> counts = connectionsByEndpoint(flavour, Balancing.WEIGHTED);
        // 250 on average against 50 each, with standard deviations of 10 and 7
        assertThat(counts.get(1)).isBetween(180L, 320L);
        assertThat(counts.stream().mapToLong(count -> count).sum()).isEqualTo(CONNECTIONS);
    }

    @ParameterizedTest
    @EnumSource(Flavour.class)
    void shouldStayWithOneEndpointWhenTheSourceIsHashed(Flavour flavour) throws Exception {
        assertThat(connectionsByEndpoint(flavour, Balancing.SOURCE_HASH))
                .containsExactlyInAnyOrder(0L, 0L, 0L, (long) CONNECTIONS);
    }
}

package io.pointsman.linux.localhost;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/** Plans of one node port on loopback whose endpoints are on loopback, too. */
final class LoopbackPlans {
    private static final Random RANDOM = new Random();

    private LoopbackPlans() {}

    /** Returns a port that is free for TCP and UDP now, below those that the kernel assigns. */
    static int freePort() throws IOException {
        for (int i = 0; i < 100; i++) {
            final int port = 20_000 + RANDOM.nextInt(10_000);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IOException("no free port was found");
    }

    private static boolean isFree(int port) {
        try (ServerSocket tcp = new ServerSocket();
                DatagramSocket udp = new DatagramSocket(null)) {
            tcp.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            udp.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException _) { // somebody has it
            return false;
        }
    }

    static Rule rule(Frontend frontend, String... endpoints) {
        return builder(frontend, endpoints).build();
    }

    static Rule.Builder builder(Frontend frontend, String... endpoints) {
        final ServicePortName owner =
                new ServicePortName(new ObjectName("default", "web"), "p" + frontend.port(), frontend.protocol());
        final List<PoolEndpoint> members = Arrays.stream(endpoints)
                .map(text -> new PoolEndpoint(
                        IpAddress.parse(text.substring(0, text.lastIndexOf(':'))),
                        Integer.parseInt(text.substring(text.lastIndexOf(':') + 1)),
                        1,
                        true))
                .sorted()
                .toList();
        final EndpointPool pool = new EndpointPool(new PoolId(owner, frontend.family(), PoolId.Scope.CLUSTER), members);
        return Rule.builder(frontend, FrontendKind.NODE_PORT, owner)
                .fromEverywhere(members.isEmpty() ? Action.REJECT : new Action.Forward(pool, true))
                .serving(new EndpointPool(new PoolId(owner, frontend.family(), PoolId.Scope.SERVING), members));
    }

    static Frontend tcp(int port) {
        return Frontend.nodePort(Protocol.TCP, IpFamily.IPV4, port);
    }

    static Frontend udp(int port) {
        return Frontend.nodePort(Protocol.UDP, IpFamily.IPV4, port);
    }

    static ForwardingPlan plan(long version, Rule... rules) {
        final NodeFacts node = NodeFacts.builder("node")
                .nodePortAddresses(Set.of(IpAddress.parse("127.0.0.1"), IpAddress.parse("::1")))
                .loopback(Set.of(NodeFacts.Loopback.FORWARDED_IPV4, NodeFacts.Loopback.FORWARDED_IPV6))
                .build();
        return ForwardingPlan.of(version, node, Stream.of(rules).toList(), List.of());
    }
}

package com.example.plainnft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pointsman.linux.Sysctl;
import io.pointsman.model.Cidr;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.Endpoint;
import io.pointsman.model.EndpointPort;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Node;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServiceCatalog;
import io.pointsman.model.ServicePort;
import io.pointsman.plan.PlanOptions;
import io.pointsman.plan.PlanResolver;
import io.pointsman.plan.PlanUpdate;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every first packet is handled by the rules, however often they change. One that escapes them goes to the VIP itself,
 * and so do all later packets of the connection, as connection tracking remembers it.
 */
class FirstPacketsTest {
    private static final int CHANGES = 30;
    private static final int FIRST_PORT = 1000;
    private static final int PORTS = 60;
    private static final IpAddress NODE = IpAddress.parse("10.1.0.2");
    private static final IpAddress POD = IpAddress.parse("10.1.0.1");
    private static final IpAddress OTHER_POD = IpAddress.parse("10.1.0.3");
    private static final IpAddress THIRD_POD = IpAddress.parse("10.1.0.4");
    private static final IpAddress VIP = IpAddress.parse("10.96.0.10");
    private static final IpAddress OTHER_VIP = IpAddress.parse("10.96.0.11");
    private static final String WATCH = """
            table ip watch {
              counter missed { }
              chain leaving {
                type filter hook postrouting priority 0;
                ip daddr 10.96.0.10 counter name missed
              }
            }
            """;

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    Path folder;

    @Test
    void shouldMeetTheRulesWhileTheyChange() throws Exception {
        final Lab lab = labs.closing(Lab.open());
        final LabHost node = lab.addHost("node");
        lab.connect(node, "pods", lab.addHost("pod"), "eth0");
        node.addAddress("pods", NODE, 24)
                .route(Cidr.parse("10.96.0.0/16"), POD)
                .set(List.of(Sysctl.must("net.netfilter.nf_conntrack_udp_timeout", "1")));
        node.call(() -> Nft.run(WATCH, "-f", "-"));
        final AtomicBoolean done = new AtomicBoolean();
        final FutureTask<Long> sender = new FutureTask<>(() -> node.namespace().call(() -> send(done)));
        try (Backend backend =
                node.call(() -> new PlainNftProvider().open(new BackendConfig(folder, Map.of())))) {
            final ServiceCatalog catalog = new ServiceCatalog();
            final PlanResolver resolver = new PlanResolver(PlanOptions.builder("node").build());
            put(catalog, "dns", VIP, POD, OTHER_POD);
            apply(node, backend, resolver, catalog);
            Thread.ofPlatform().daemon().start(sender);
            for (int change = 0; change < CHANGES; change++) {
                put(catalog, "dns", VIP, change % 2 == 0 ? OTHER_POD : POD, THIRD_POD);
                if (change % 2 == 0) {
                    put(catalog, "another", OTHER_VIP, POD);
                } else {
                    catalog.apply(List.of(new ObjectChange.Delete(
                            ClusterObject.Kind.SERVICE, new ObjectName("test", "another"))));
                }
                apply(node, backend, resolver, catalog);
            }
        } finally {
            done.set(true);
        }
        final long sent = sender.get();
        assertTrue(sent > CHANGES, () -> "too few datagrams: " + sent);
        final String missed = node.run("nft", "list counter ip watch missed").outputOrFail();
        assertTrue(missed.contains("packets 0 "), () -> "of " + sent + " datagrams: " + missed);
        assertEquals(PORTS, chains(node), "chains of rules after the other Service went");
    }

    private static long chains(LabHost node) throws IOException {
        return node.run("nft", "list table ip plain-nft").outputOrFail().lines()
                .filter(line -> line.strip().startsWith("chain rule-"))
                .count();
    }

    private static void put(ServiceCatalog catalog, String name, IpAddress vip, IpAddress... pods) {
        final ObjectName service = new ObjectName("test", name);
        catalog.apply(List.of(
                new ObjectChange.Put(new Node("node", List.of(NODE), Optional.empty(), List.of(), false, Set.of())),
                new ObjectChange.Put(Service.builder(service)
                        .clusterIps(List.of(vip))
                        .ports(ports(port -> new ServicePort("p" + port, Protocol.UDP, port, 0)))
                        .build()),
                new ObjectChange.Put(new EndpointSlice(
                        new ObjectName("test", name + "-1"),
                        service,
                        IpFamily.IPV4,
                        Stream.of(pods)
                                .map(pod -> Endpoint.ready(pod).onNode("node"))
                                .toList(),
                        ports(port -> new EndpointPort("p" + port, Protocol.UDP, port)),
                        false,
                        Optional.empty()))));
    }

    private static <T> List<T> ports(IntFunction<T> port) {
        return IntStream.range(FIRST_PORT, FIRST_PORT + PORTS).mapToObj(port).toList();
    }

    private static void apply(LabHost node, Backend backend, PlanResolver resolver, ServiceCatalog catalog)
            throws Exception {
        final PlanUpdate update = resolver.resolve(catalog, Set.of(NODE));
        node.call(() -> backend.apply(update.plan(), update.delta()));
    }

    /** Sends a datagram to each port of the VIP from a socket, then from the next socket; returns the number sent. */
    private static long send(AtomicBoolean done) throws IOException {
        final List<InetSocketAddress> targets = ports(port -> new InetSocketAddress(VIP.toInetAddress(), port));
        final ByteBuffer query = ByteBuffer.allocate(1);
        long sent = 0;
        while (!done.get()) {
            try (DatagramChannel socket = DatagramChannel.open(StandardProtocolFamily.INET)) {
                for (InetSocketAddress target : targets) {
                    if (send(socket, query.rewind(), target)) {
                        sent++;
                    }
                }
            }
        }
        return sent;
    }

    /** Sends a datagram; returns false if a rule dropped it in the output hook, which the kernel reports as EPERM. */
    private static boolean send(DatagramChannel socket, ByteBuffer query, InetSocketAddress target) throws IOException {
        try {
            socket.send(query, target);
            return true;
        } catch (SocketException e) {
            if ("Operation not permitted".equals(e.getMessage())) {
                return false;
            }
            throw e;
        }
    }
}

package io.pointsman.spi.userspace;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Endpoint;
import io.pointsman.model.EndpointPort;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePort;
import io.pointsman.model.TrafficPolicy;
import io.pointsman.spi.BackendException;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests endpoints that are frontends of this proxy, with real packets. */
class EndpointLoopTest {
    private static final List<Protocol> PROTOCOLS = List.of(Protocol.TCP, Protocol.UDP);

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    private Path folder;

    private Cluster open(IpFamily family) throws IOException, BackendException {
        return labs.closing(Cluster.open(family, folder)).start().expose(TrafficPolicy.CLUSTER);
    }

    private static Service service(String name, int port, IpAddress clusterIp, List<IpAddress> externalIps) {
        return Service.builder(new ObjectName("shop", name))
                .clusterIps(List.of(clusterIp))
                .externalIps(externalIps)
                .ports(PROTOCOLS.stream()
                        .map(protocol -> new ServicePort(protocol.name(), protocol, port, 0))
                        .toList())
                .build();
    }

    private static EndpointSlice slice(String service, int port, IpAddress endpoint) {
        return EndpointSlice.builder(
                        new ObjectName("shop", service + "-1"), new ObjectName("shop", service), endpoint.family())
                .endpoints(List.of(Endpoint.ready(endpoint).onNode(Cluster.APP_NODE)))
                .ports(PROTOCOLS.stream()
                        .map(protocol -> new EndpointPort(protocol.name(), protocol, port))
                        .toList())
                .build();
    }

    private static void assertRefused(LabHost from, IpAddress to, int port) {
        for (Protocol protocol : PROTOCOLS) {
            assertThat(from.send(Probe.of(protocol, to, port)))
                    .as("%s to %s port %s from %s", protocol, to, port, from)
                    .isInstanceOf(ProbeResult.Refused.class);
        }
    }

    private static void assertAnswers(LabHost from, IpAddress to, int port) {
        for (Protocol protocol : PROTOCOLS) {
            final ProbeResult result = from.send(Probe.of(protocol, to, port));
            assertThat(result.answer())
                    .as("%s to %s port %s from %s: %s", protocol, to, port, from, result)
                    .isPresent();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseClientsAndServeTheOthersWhenServicesLeadToThemselves(IpFamily family)
            throws IOException, BackendException {
        final Cluster cluster = open(family);
        final IpAddress itself = cluster.address("10.0.0.90", "fd00:10:96::90");
        final IpAddress one = cluster.address("10.0.0.91", "fd00:10:96::91");
        final IpAddress other = cluster.address("10.0.0.92", "fd00:10:96::aa");
        cluster.put(service("itself", 80, itself, List.of()), slice("itself", 80, itself))
                .put(service("one", 80, one, List.of()), slice("one", 81, other))
                .put(service("other", 81, other, List.of()), slice("other", 80, one))
                .apply();

        for (String host : List.of("busybox", "neighbour", Cluster.APP_NODE)) {
            assertRefused(cluster.host(host), itself, 80);
            assertRefused(cluster.host(host), one, 80);
            assertRefused(cluster.host(host), other, 81);
            assertAnswers(cluster.host(host), cluster.clusterIp(), Cluster.PORT);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldLeaveThePortToTheEndpointThatHasIt(IpFamily family) throws IOException, BackendException {
        final Cluster cluster = open(family);
        final IpAddress node = cluster.nodeAddress(Cluster.APP_NODE);
        final IpAddress clusterIp = cluster.address("10.0.0.93", "fd00:10:96::93");
        cluster.put(service("ingress", 8088, clusterIp, List.of(node)), slice("ingress", 8088, node))
                .apply();
        assertRefused(cluster.host("client"), node, 8088);

        for (Protocol protocol : PROTOCOLS) {
            cluster.host(Cluster.APP_NODE).serveEcho(protocol, node, 8088);
        }

        assertAnswers(cluster.host("client"), node, 8088);
        assertAnswers(cluster.host("neighbour"), clusterIp, 8088);
        assertAnswers(cluster.host("busybox"), clusterIp, 8088);
    }
}

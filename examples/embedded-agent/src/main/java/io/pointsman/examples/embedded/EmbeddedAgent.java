package io.pointsman.examples.embedded;

import io.pointsman.agent.Agent;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.model.Cidr;
import io.pointsman.model.Endpoint;
import io.pointsman.model.EndpointPort;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.InMemorySource;
import io.pointsman.model.IpAddress;
import io.pointsman.model.ObjectName;
import io.pointsman.model.PointsmanException;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePort;
import java.util.List;

/** A service proxy inside another program, which is itself the source of Services. */
public final class EmbeddedAgent {
    private static final ObjectName WEB = new ObjectName("default", "web");

    private EmbeddedAgent() {}

    /** Forwards 127.0.170.92:8080 to the endpoint of the source-ip example until the process ends. */
    public static void main(String[] args) throws PointsmanException, InterruptedException {
        final InMemorySource source = InMemorySource.of(
                service(IpAddress.parse("127.0.170.92"), 8080), endpoints(IpAddress.parse("127.180.1.136"), 8080));
        final AgentConfig config = AgentConfig.builder()
                .mode("userspace")
                .node("embedded")
                .clusterCidrs(List.of(Cidr.parse("127.180.0.0/16")))
                .build();
        try (Agent _ = Agent.start(config, source, status -> System.out.println(status.toJson()))) {
            Thread.currentThread().join();
        }
    }

    /** Returns a Service with one address and port. */
    public static Service service(IpAddress vip, int port) {
        return Service.builder(WEB)
                .clusterIps(List.of(vip))
                .ports(List.of(new ServicePort("", Protocol.TCP, port, 0)))
                .build();
    }

    /** Returns a slice with the Service's only endpoint. */
    public static EndpointSlice endpoints(IpAddress address, int port) {
        return EndpointSlice.builder(new ObjectName("default", "web-1"), WEB, address.family())
                .endpoints(List.of(Endpoint.ready(address)))
                .ports(List.of(new EndpointPort("", Protocol.TCP, port)))
                .build();
    }
}

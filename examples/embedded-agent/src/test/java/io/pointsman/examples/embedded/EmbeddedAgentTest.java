package io.pointsman.examples.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.Agent;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.status.AgentStatus;
import io.pointsman.examples.sourceip.EchoServer;
import io.pointsman.model.Cidr;
import io.pointsman.model.InMemorySource;
import io.pointsman.model.IpAddress;
import io.pointsman.model.PointsmanException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EmbeddedAgentTest {
    private static final long PATIENCE_SECONDS = 60;

    @Test
    void shouldForwardWhatTheProgramPutsWhenItRunsInside()
            throws IOException, InterruptedException, PointsmanException {
        final IpAddress vip = IpAddress.parse("127.0.170.94");
        final IpAddress pod = IpAddress.parse("127.180.1.140");
        final BlockingQueue<AgentStatus> inForce = new LinkedBlockingQueue<>();
        try (EchoServer server = EchoServer.start(List.of(new InetSocketAddress(pod.toInetAddress(), 0)));
                HttpClient client = HttpClient.newHttpClient()) {
            final int port = freePort(vip.toInetAddress());
            final InMemorySource source = InMemorySource.of(EmbeddedAgent.service(vip, port));
            final AgentConfig config = AgentConfig.builder()
                    .node("embedded")
                    .clusterCidrs(List.of(Cidr.parse("127.180.0.0/16")))
                    .healthzBindAddress(Optional.empty())
                    .metricsBindAddress(Optional.empty())
                    .build();
            try (Agent _ = Agent.start(config, source, inForce::add)) {
                next(inForce);
                source.put(EmbeddedAgent.endpoints(
                        pod, server.addresses().getFirst().getPort()));
                assertThat(next(inForce).problems()).isEmpty();

                final HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + vip.withPort(port) + "/"))
                        .build();
                assertThat(client.send(request, HttpResponse.BodyHandlers.ofString())
                                .body())
                        .startsWith("CLIENT VALUES:\n");
            }
            freePort(vip.toInetAddress(), port);
        }
    }

    private static AgentStatus next(BlockingQueue<AgentStatus> inForce) throws InterruptedException {
        final AgentStatus status = inForce.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(status).as("a plan comes into force").isNotNull();
        return status;
    }

    private static int freePort(InetAddress address) throws IOException {
        return freePort(address, 0);
    }

    private static int freePort(InetAddress address, int port) throws IOException {
        try (ServerSocket socket = new ServerSocket(port, 1, address)) {
            return socket.getLocalPort();
        }
    }
}

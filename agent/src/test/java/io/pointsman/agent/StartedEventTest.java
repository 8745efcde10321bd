package io.pointsman.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.config.AgentConfig;
import io.pointsman.testserver.ApiTestServer;
import io.pointsman.testserver.FakeCluster;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartedEventTest {
    @TempDir
    private Path folder;

    @Test
    void shouldBeToldOnceRulesAreInForceAndNotBefore() throws Exception {
        final BlockingQueue<String> happened = new LinkedBlockingQueue<>();
        final FakeCluster cluster = new FakeCluster();
        cluster.put("{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"here\"}}");
        try (ApiTestServer server = new ApiTestServer(cluster)) {
            server.faults(exchange -> {
                if (exchange.method().equals("POST")) {
                    happened.add(exchange.path());
                }
                return false;
            });
            final AgentConfig config = AgentConfig.builder()
                    .mode("userspace")
                    .node("here")
                    .kubeconfig(server.kubeconfig(folder))
                    .stateDirectory(folder.resolve("state"))
                    .healthzBindAddress(Optional.empty())
                    .metricsBindAddress(Optional.empty())
                    .backendSetting("transparent", "off")
                    .build();
            try (Agent _ = Agent.start(config, _ -> happened.add("in force"))) {
                assertThat(happened.poll(60, TimeUnit.SECONDS)).isEqualTo("in force");
                String next = happened.poll(60, TimeUnit.SECONDS);
                while ("in force".equals(next)) {
                    next = happened.poll(60, TimeUnit.SECONDS);
                }
                assertThat(next).isEqualTo("/apis/events.k8s.io/v1/namespaces/default/events");
            }
        }
    }
}

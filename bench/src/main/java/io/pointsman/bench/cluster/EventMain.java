package io.pointsman.bench.cluster;

import io.pointsman.agent.Agent;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.model.Cidr;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * An agent whose data plane only reports plans: {@code kubeconfig stateDirectory}. Prints the process's processor time so
 * far, in nanoseconds, for each plan that arrives. Ends when its standard input ends.
 */
final class EventMain {
    private EventMain() {}

    public static void main(String[] args) throws Exception {
        final AgentConfig config = AgentConfig.builder()
                .mode(SilentProvider.NAME)
                .node(ClusterObjects.NODE)
                .kubeconfig(Path.of(args[0]))
                .clusterCidrs(List.of(Cidr.parse("10.244.0.0/14")))
                .minSyncPeriod(Duration.ZERO) // else changes wait for each other
                .healthzBindAddress(Optional.empty())
                .metricsBindAddress(Optional.empty())
                .handOver(Optional.empty())
                .stateDirectory(Path.of(args[1]))
                .build();
        try (Agent _ = Agent.start(config)) {
            while (System.in.read() >= 0) {
                // until the end
            }
        }
    }
}

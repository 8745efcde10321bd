package io.pointsman.kubernetes.cluster;

import io.pointsman.agent.Agent;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.model.Cidr;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An agent on a cluster whose source has timeouts of seconds, and retries after tenths of seconds, instead of minutes and
 * half a minute, so that a test can run many faults. Arguments are mode, node, kubeconfig and state directory.
 */
public final class HurriedAgent {
    private static final Logger LOG = LoggerFactory.getLogger(HurriedAgent.class);
    private static final Limits LIMITS = new Limits(
            Duration.ofMillis(50),
            Duration.ofMillis(200),
            Duration.ofSeconds(1),
            Duration.ofSeconds(30),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(1),
            Duration.ofSeconds(10),
            Duration.ofMillis(100),
            Limits.DEFAULT.maxStateBytes());

    private HurriedAgent() {}

    public static void main(String[] words) throws Exception {
        final Path kubeconfig = Path.of(words[2]);
        final Path state = Path.of(words[3]);
        final AgentConfig config = AgentConfig.builder()
                .mode(words[0])
                .node(words[1])
                .kubeconfig(kubeconfig)
                .clusterCidrs(List.of(Cidr.parse("10.180.0.0/16")))
                .stateDirectory(state)
                .healthzBindAddress(Optional.empty())
                .metricsBindAddress(Optional.empty())
                .build();
        final ClusterSettings settings =
                new ClusterSettings(Optional.of(kubeconfig), config.node(), Optional.of(state.resolve("cluster")));
        final ClusterSource source = new ClusterSource(settings, new Connector(Optional.of(kubeconfig)), LIMITS);
        final Agent agent = Agent.start(config, source, status -> LOG.info("in force: {}", status.mode()));
        Runtime.getRuntime().addShutdownHook(new Thread(agent::close));
    }
}

package io.pointsman.lab;

import io.pointsman.agent.OfflinePlan;
import io.pointsman.model.ConfigException;
import io.pointsman.nat.EngineConfig;
import io.pointsman.nat.ExplainRequest;
import io.pointsman.nat.Explanation;
import io.pointsman.nat.NatEngine;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.FlowRecord.Tuple;
import java.util.Optional;

/**
 * Predicts what a node does with a connection: the engine's decision on the manifests alone, as {@code pointsman explain}.
 */
final class Oracle {
    private static final int CAPACITY = 16; // flows; none are created

    private final BackendProvider provider;

    Oracle(BackendProvider provider) {
        this.provider = provider;
    }

    Explanation explain(NodeSettings node, Tuple packet) throws ConfigException {
        final OfflinePlan plan = OfflinePlan.read(
                node.config(), provider.semantics(), provider.capabilities().families());
        try (NatEngine engine =
                NatEngine.create(EngineConfig.builder().capacity(CAPACITY).build())) {
            engine.apply(plan.update().plan(), plan.update().delta());
            return engine.explain(
                    new ExplainRequest(
                            packet.protocol(),
                            packet.source(),
                            packet.sourcePort(),
                            packet.destination(),
                            packet.destinationPort(),
                            Optional.empty()),
                    System.nanoTime());
        }
    }
}

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

/** What becomes of a connection at a node: the engine's decision run dry on the manifests, as {@code pointsman explain}. */
final class Oracle {
    private static final int CAPACITY = 16; // flows: there are none

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

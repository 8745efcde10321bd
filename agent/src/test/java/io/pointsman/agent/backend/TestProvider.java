package io.pointsman.agent.backend;

import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.spi.Availability;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.Capabilities;
import java.util.List;
import java.util.Set;

/** A provider with the properties that a test needs. */
public record TestProvider(String name, int priority, Availability availability) implements BackendProvider {
    static TestProvider able(String name, int priority) {
        return new TestProvider(name, priority, new Availability.Available("all there"));
    }

    static TestProvider unable(String name, int priority, String reason) {
        return new TestProvider(name, priority, new Availability.Unavailable(reason));
    }

    @Override
    public Availability probe() {
        return availability;
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(
                Set.of(Protocol.TCP), Set.of(IpFamily.IPV4), Set.of(Balancing.RANDOM), Set.of(), List.of());
    }

    @Override
    public ModeSemantics semantics() {
        return ModeSemantics.IPTABLES;
    }

    @Override
    public Backend open(BackendConfig config) throws BackendException {
        throw new BackendException(name + ": a test's provider opens nothing");
    }
}

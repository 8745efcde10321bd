package io.pointsman.bench.engine;

import io.pointsman.model.IpAddress;
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
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A data plane for an agent under measurement: the engine, and a thread that sends it packets as fast as it takes them. */
public final class EngineProvider implements BackendProvider {
    public static final String NAME = "bench-engine";

    /** Cluster addresses of pods, as they are clients. */
    public static final String CLIENTS = "10.128.0.0/9";

    private static final int FIRST_IDLE = 0x0A60_0000; // 10.96.0.0

    /** The cluster address that a Service of this number has to have, with port 80: the first ones get packets. */
    public static IpAddress vip(int service) {
        return IpAddress.ofIpv4(service < Packets.SERVICES ? Packets.service(service) : FIRST_IDLE + service);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int priority() {
        return Integer.MIN_VALUE;
    }

    @Override
    public Availability probe() {
        return new Availability.Available("is asked for by name");
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(
                EnumSet.allOf(Protocol.class),
                Set.of(IpFamily.IPV4),
                EnumSet.allOf(Balancing.class),
                EnumSet.allOf(Capabilities.Feature.class),
                List.of());
    }

    @Override
    public ModeSemantics semantics() {
        return ModeSemantics.IPTABLES;
    }

    @Override
    public Backend open(BackendConfig config) throws BackendException {
        try {
            return new EngineBackend(PacketCounts.create(config.stateDirectory()));
        } catch (IOException e) {
            throw new BackendException(NAME + ": no file for what is counted", e);
        }
    }
}

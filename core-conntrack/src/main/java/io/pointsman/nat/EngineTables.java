package io.pointsman.nat;

import io.pointsman.conntrack.FlowTable;
import io.pointsman.conntrack.FragmentTable;
import io.pointsman.nat.events.FlowEvents;
import io.pointsman.nat.flows.FlowEnds;
import io.pointsman.nat.policy.CompiledPlan;
import io.pointsman.nat.policy.Decider;

/** Tables that all workers of an engine share. */
public final class EngineTables implements AutoCloseable {
    final EngineConfig config;
    public final CompiledPlan plan;
    final Decider decider;
    final FlowEvents events;
    final FlowEnds ipv4Ends;
    final FlowEnds ipv6Ends;
    public final FlowTable ipv4;
    public final FlowTable ipv6;
    private final FragmentTable fragmentsIpv4;
    private final FragmentTable fragmentsIpv6;
    private final SourcePorts lowSourcePorts;
    private final SourcePorts privilegedSourcePorts;
    private final SourcePorts sourcePorts;

    EngineTables(EngineConfig config, CompiledPlan plan, Decider decider, FlowEvents events, long seed) {
        this.config = config;
        this.plan = plan;
        this.decider = decider;
        this.events = events;
        ipv4Ends = new FlowEnds(plan, events, false);
        ipv6Ends = new FlowEnds(plan, events, true);
        final boolean keepsWindows = !config.tcpBeLiberal();
        ipv4 = new FlowTable(config.capacity(), false, Hashing.mix(seed + 1), ipv4Ends, keepsWindows);
        ipv6 = new FlowTable(config.ipv6Capacity(), true, Hashing.mix(seed + 2), ipv6Ends, keepsWindows);
        fragmentsIpv4 = new FragmentTable(Hashing.mix(seed + 3));
        fragmentsIpv6 = new FragmentTable(Hashing.mix(seed + 4));
        lowSourcePorts = new SourcePorts(SourcePorts.LOW, config.reservedPorts());
        privilegedSourcePorts = new SourcePorts(SourcePorts.PRIVILEGED, config.reservedPorts());
        sourcePorts = new SourcePorts(config.snatPorts(), config.reservedPorts());
    }

    /**
     * Source ports that a client's port may become. They are of the same class, by which some servers (NFS, rsh) tell root
     * from other users.
     */
    SourcePorts sourcePortsFor(int clientPort) {
        if (clientPort <= SourcePorts.LOW.last()) {
            return lowSourcePorts;
        }
        return clientPort <= SourcePorts.PRIVILEGED.last() ? privilegedSourcePorts : sourcePorts;
    }

    /** Identifiers that an echo may get: they have no classes. */
    SourcePorts identifiers() {
        return sourcePorts;
    }

    FragmentTable fragments(boolean isIpv4) {
        return isIpv4 ? fragmentsIpv4 : fragmentsIpv6;
    }

    @Override
    public void close() {
        ipv4.close();
        ipv6.close();
    }
}

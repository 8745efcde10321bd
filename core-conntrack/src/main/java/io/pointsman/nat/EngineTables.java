package io.pointsman.nat;

import io.pointsman.conntrack.FlowTable;
import io.pointsman.conntrack.FragmentTable;

/** What all workers of an engine share. */
final class EngineTables implements AutoCloseable {
    final EngineConfig config;
    final CompiledPlan plan;
    final Decider decider;
    final FlowEvents events;
    final FlowTable ipv4;
    final FlowTable ipv6;
    final FragmentTable fragments;
    final SourcePorts sourcePorts;

    EngineTables(EngineConfig config, CompiledPlan plan, Decider decider, FlowEvents events, long seed) {
        this.config = config;
        this.plan = plan;
        this.decider = decider;
        this.events = events;
        ipv4 = new FlowTable(config.capacity(), false, Hashing.mix(seed + 1), new FlowEnds(plan, events, false));
        ipv6 = new FlowTable(config.ipv6Capacity(), true, Hashing.mix(seed + 2), new FlowEnds(plan, events, true));
        fragments = new FragmentTable(Hashing.mix(seed + 3));
        sourcePorts = new SourcePorts(config.snatPorts(), config.reservedPorts());
    }

    @Override
    public void close() {
        ipv4.close();
        ipv6.close();
    }
}

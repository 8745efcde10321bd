package io.pointsman.nat;

import io.pointsman.conntrack.FlowBinder;
import io.pointsman.conntrack.FlowCursor;
import io.pointsman.conntrack.FlowKey;
import io.pointsman.conntrack.FlowObserver;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.conntrack.FlowTracker;
import io.pointsman.conntrack.TcpState;
import io.pointsman.model.IpAddress;
import io.pointsman.nat.events.FlowEvent;
import io.pointsman.nat.flows.StaleUdpFlows;
import io.pointsman.nat.policy.CompiledPool;
import io.pointsman.nat.policy.CompiledRule;
import io.pointsman.nat.policy.Decision;
import io.pointsman.nat.policy.EndpointState;
import io.pointsman.packet.PacketKind;
import io.pointsman.packet.PacketView;
import org.jspecify.annotations.Nullable;

/** Handles packets that belong to no flow: policy, choice of an endpoint, insertion of the flow. One for each worker. */
final class FirstPackets {
    private final EngineTables tables;
    private final FlowTracker tracker;
    private final FlowBinder ipv4;
    private final FlowBinder ipv6;
    private final Decision own = new Decision();
    private Decision decision = own;
    private final FlowKey key = new FlowKey();
    private final FlowKey to = new FlowKey();
    private final long seed;
    private long randomState;
    private Reason reason = Reason.NOT_OURS;

    FirstPackets(EngineTables tables, FlowTracker tracker, long seed) {
        this.tables = tables;
        this.tracker = tracker;
        ipv4 = new FlowBinder(tables.ipv4);
        ipv6 = new FlowBinder(tables.ipv6);
        this.seed = Hashing.mix(seed);
    }

    Reason reason() {
        return reason;
    }

    private Verdict settle(Verdict verdict, Reason why) {
        reason = why;
        return verdict;
    }

    private void route(PacketView packet, int protocol, int port, InputInterface inputInterface) {
        decision.udpLosses = tables.plan.udpLosses(); // read first, so that a later change of the plan is noticed
        tables.decider.route(
                protocol,
                packet.isIpv4(),
                packet.sourceHigh(),
                packet.sourceLow(),
                packet.destinationHigh(),
                packet.destinationLow(),
                port,
                inputInterface,
                decision);
    }

    private void routeEcho(PacketView packet, InputInterface inputInterface) {
        tables.decider.routeEcho(
                packet.isIpv4(),
                packet.sourceHigh(),
                packet.sourceLow(),
                packet.destinationHigh(),
                packet.destinationLow(),
                inputInterface,
                decision);
    }

    /** Decides about a packet that cannot open a flow because its ports are unknown. */
    Verdict withoutFlow(PacketView packet, InputInterface inputInterface) {
        route(packet, packet.protocol(), 0, inputInterface);
        return settle(decision.verdict, decision.reason);
    }

    boolean isServiceAddress(PacketView packet) {
        return tables.plan.vipKind(packet.isIpv4(), packet.destinationHigh(), packet.destinationLow()) != null;
    }

    /**
     * Decides about a packet that belongs to no flow, and inserts a flow if it is forwarded.
     *
     * @param hash the packet's tuple hash
     * @param made set to the new flow on {@link Verdict#FORWARD}
     * @return null if another thread was faster: search again
     */
    @Nullable
    Verdict decide(
            FlowTable table,
            PacketView packet,
            long hash,
            InputInterface inputInterface,
            long nowNanos,
            FlowCursor made) {
        final boolean isPrecomputed = decision.isPrecomputed;
        decision.isPrecomputed = false; // a second attempt decides again
        route(packet, inputInterface, isPrecomputed);
        final CompiledRule rule = decision.rule;
        final CompiledPool pool = decision.pool;
        if (decision.verdict != Verdict.FORWARD || rule == null || pool == null) {
            return settle(decision.verdict, decision.reason);
        }
        final int state = tracker.initialState(packet);
        if (state == TcpState.INVALID) {
            return settle(Verdict.INVALID, Reason.NOT_A_START);
        }
        final long random = random();
        if (!isPrecomputed) {
            tables.decider.choose(packet.isIpv4(), packet.sourceHigh(), packet.sourceLow(), random, nowNanos, decision);
        }
        if (decision.verdict != Verdict.FORWARD) {
            return settle(decision.verdict, decision.reason);
        }
        final EndpointState endpoint = pool.states[decision.position];
        final Reason obstacle = translate(packet, endpoint);
        if (obstacle != null) {
            return settle(Verdict.DROP, obstacle);
        }
        final Verdict verdict = insert(packet, endpoint, hash, isPrecomputed, state, nowNanos);
        return verdict == Verdict.FORWARD ? inserted(table, packet, endpoint, rule, nowNanos, made) : verdict;
    }

    private void route(PacketView packet, InputInterface inputInterface, boolean isPrecomputed) {
        if (packet.kind() == PacketKind.ECHO) {
            routeEcho(packet, inputInterface);
        } else if (!isPrecomputed) {
            route(packet, packet.protocol(), packet.destinationPort(), inputInterface);
        }
    }

    /** Sets {@link #key} and {@link #to} for the chosen endpoint. Returns the reason if that is impossible, or null. */
    private @Nullable Reason translate(PacketView packet, EndpointState endpoint) {
        key.of(packet);
        setTo(endpoint, packet.kind() == PacketKind.ECHO);
        if (packet.isFirstFragment() && key.protocol == IpProtocols.SCTP && key.ports != to.ports) {
            return Reason.SCTP_FRAGMENT; // before a flow is inserted: its checksum could not be updated
        }
        if (decision.masquerade || decision.hairpin) {
            final IpAddress egress = tables.plan.node().egressTo(packet.isIpv4(), endpoint.high, endpoint.low);
            if (egress == null) {
                return Reason.NO_EGRESS_ADDRESS;
            }
            to.setSource(egress.high(), egress.low());
        }
        return null;
    }

    /** Inserts the flow and counts it at its endpoint. Returns null if the caller must search again. */
    private @Nullable Verdict insert(
            PacketView packet, EndpointState endpoint, long hash, boolean isPrecomputed, int state, long nowNanos) {
        final FlowBinder binder = packet.isIpv4() ? ipv4 : ipv6;
        if (!endpoint.acquire()) {
            return null; // the plan has changed
        }
        final boolean isReplyHashKnown = isPrecomputed && !decision.masquerade && !decision.hairpin;
        final long replyHash = isReplyHashKnown ? decision.replyHash : binder.replyHash(to);
        final Verdict verdict = bind(binder, hash, replyHash, state, endpoint.id, nowNanos);
        if (verdict != Verdict.FORWARD) {
            endpoint.release();
        }
        return verdict;
    }

    /**
     * Remembers affinity and publishes the event. Returns null if the plan has changed and a UDP flow must be decided again.
     */
    private @Nullable Verdict inserted(
            FlowTable table,
            PacketView packet,
            EndpointState endpoint,
            CompiledRule rule,
            long nowNanos,
            FlowCursor made) {
        final FlowBinder binder = packet.isIpv4() ? ipv4 : ipv6;
        tables.decider.remember(packet.sourceHigh(), packet.sourceLow(), endpoint.id, nowNanos, rule);
        made.slot = binder.originalSlot();
        made.control = binder.originalControl();
        if (tables.events.isRead()) {
            tables.events.publishSlots(
                    FlowEvent.Type.NEW, !packet.isIpv4(), made.slot, table.pair(made.slot), nowNanos);
        }
        if (key.protocol == IpProtocols.UDP
                && tables.plan.udpLosses() != decision.udpLosses
                && !isServed(packet, endpoint, rule)) {
            table.end(made.slot, made.control, FlowObserver.End.UNSERVED, nowNanos);
            return null;
        }
        return settle(Verdict.FORWARD, Reason.NEW_FLOW);
    }

    /**
     * Whether the endpoint still serves, if endpoints were removed between the look-up of the rule and the insertion of the
     * flow.
     */
    private boolean isServed(PacketView packet, EndpointState endpoint, CompiledRule madeBy) {
        final CompiledRule now = tables.plan.ruleFor(
                IpProtocols.UDP,
                packet.isIpv4(),
                packet.destinationHigh(),
                packet.destinationLow(),
                packet.destinationPort());
        return StaleUdpFlows.isServed(endpoint, madeBy, now);
    }

    /** Sets {@link #to} to {@link #key} with the endpoint as destination. */
    private void setTo(EndpointState endpoint, boolean isEcho) {
        to.of(key);
        to.setDestination(endpoint.high, endpoint.low);
        if (!isEcho) {
            to.setDestinationPort(endpoint.port);
        }
    }

    /**
     * Decides speculatively about a packet of no known flow, without side effects. If no earlier packet can change the
     * decision, marks it as precomputed, for {@link #seedFor(long, Decision)}.
     *
     * @param packetNumber number of the packet, as for {@link #seedFor(long)}
     * @return hash of the expected reply tuple, so that its slot can be prefetched; 0 if no flow is expected
     */
    long speculate(PacketView packet, InputInterface inputInterface, long nowNanos, long packetNumber, Decision into) {
        seedFor(packetNumber, into);
        route(packet, packet.protocol(), packet.destinationPort(), inputInterface);
        final CompiledRule rule = decision.rule;
        final CompiledPool pool = decision.pool;
        if (decision.verdict != Verdict.FORWARD || rule == null || pool == null) {
            return 0;
        }
        tables.decider.preview(packet.isIpv4(), packet.sourceHigh(), packet.sourceLow(), random(), nowNanos, decision);
        if (decision.verdict != Verdict.FORWARD) {
            return 0;
        }
        decision.isPrecomputed = !rule.hasAffinity && pool.isSteady;
        final EndpointState endpoint = pool.states[decision.position];
        key.of(packet);
        setTo(endpoint, false);
        if (decision.masquerade || decision.hairpin) {
            final IpAddress egress = tables.plan.node().egressTo(packet.isIpv4(), endpoint.high, endpoint.low);
            if (egress == null) {
                return 0;
            }
            to.setSource(egress.high(), egress.low());
        }
        decision.replyHash = (packet.isIpv4() ? ipv4 : ipv6).replyHash(to);
        return decision.replyHash;
    }

    private @Nullable Verdict bind(
            FlowBinder binder, long hash, long replyHash, int state, int endpointId, long nowNanos) {
        if (binder.begin(key, hash, nowNanos) == FlowBinder.FULL) {
            return full(nowNanos);
        }
        final long timeoutNanos = tracker.initialTimeoutNanos(key.protocol, state);
        int bound = binder.bindReply(key, to, replyHash, state, timeoutNanos, endpointId, nowNanos);
        if (bound == FlowBinder.TAKEN) {
            bound = bindOtherPort(binder, state, timeoutNanos, endpointId, nowNanos);
        }
        return switch (bound) {
            case FlowBinder.OK -> binder.commit() == FlowBinder.OK ? Verdict.FORWARD : null;
            case FlowBinder.FULL -> full(nowNanos);
            case FlowBinder.TAKEN -> {
                binder.abandon();
                yield settle(Verdict.DROP, Reason.SNAT_EXHAUSTED);
            }
            default -> null;
        };
    }

    /** Tries other source ports from a random start, because the client's own is taken towards this endpoint. */
    private int bindOtherPort(FlowBinder binder, int state, long timeoutNanos, int endpointId, long nowNanos) {
        final boolean isEcho = key.protocol == IpProtocols.ICMP || key.protocol == IpProtocols.ICMPV6;
        final SourcePorts ports = isEcho ? tables.identifiers() : tables.sourcePortsFor(key.sourcePort());
        int index = Hashing.below(random(), ports.size());
        int bound = FlowBinder.TAKEN;
        for (int tries = ports.tries(); tries > 0 && bound == FlowBinder.TAKEN; tries--) {
            final int port = ports.port(index);
            if (isEcho) {
                to.setIdentifier(port);
            } else {
                to.setSourcePort(port);
            }
            bound = binder.bindReplyIfFree(key, to, state, timeoutNanos, endpointId, nowNanos);
            index = index + 1 == ports.size() ? 0 : index + 1;
        }
        return bound;
    }

    private Verdict full(long nowNanos) {
        tables.events.publishTuple(FlowEvent.Type.TABLE_FULL, key, nowNanos);
        return settle(Verdict.DROP, Reason.TABLE_FULL);
    }

    /**
     * Seeds the random numbers for the worker's n-th packet. They depend on the packet's number alone, so a speculative decision
     * draws the same numbers as the real one.
     */
    void seedFor(long packetNumber) {
        own.isPrecomputed = false;
        seedFor(packetNumber, own);
    }

    /** Seeds the random numbers for a packet with a speculative decision, as {@link #seedFor(long)} does. */
    void seedFor(long packetNumber, Decision precomputed) {
        randomState = Hashing.mix(seed + packetNumber);
        decision = precomputed;
    }

    private long random() {
        randomState = Hashing.next(randomState);
        return Hashing.mix(randomState);
    }
}

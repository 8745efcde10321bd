package io.pointsman.nat;

import io.pointsman.conntrack.FlowBinder;
import io.pointsman.conntrack.FlowCursor;
import io.pointsman.conntrack.FlowKey;
import io.pointsman.conntrack.FlowObserver;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.conntrack.FlowTracker;
import io.pointsman.conntrack.TcpState;
import io.pointsman.model.IpAddress;
import io.pointsman.packet.PacketKind;
import io.pointsman.packet.PacketView;
import org.jspecify.annotations.Nullable;

/** Packets that belong to no flow: policy, choice of an endpoint, binding. One for each worker. */
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

    private void route(PacketView packet, int protocol, int port, Ingress ingress) {
        decision.udpLosses = tables.plan.udpLosses(); // first: a change from here on is noticed
        tables.decider.route(
                protocol,
                packet.isIpv4(),
                packet.sourceHigh(),
                packet.sourceLow(),
                packet.destinationHigh(),
                packet.destinationLow(),
                port,
                ingress,
                decision);
    }

    private void routeEcho(PacketView packet, Ingress ingress) {
        tables.decider.routeEcho(
                packet.isIpv4(),
                packet.sourceHigh(),
                packet.sourceLow(),
                packet.destinationHigh(),
                packet.destinationLow(),
                ingress,
                decision);
    }

    /** What can't become a flow: no ports, or none that are known. */
    Verdict withoutFlow(PacketView packet, Ingress ingress) {
        route(packet, packet.protocol(), 0, ingress);
        return settle(decision.verdict, decision.reason);
    }

    boolean isServiceAddress(PacketView packet) {
        return tables.plan.vipKind(packet.isIpv4(), packet.destinationHigh(), packet.destinationLow()) != null;
    }

    /** On {@link Verdict#FORWARD} the cursor is at the new flow. Null: another thread was faster; search again. */
    @Nullable
    Verdict decide(FlowTable table, PacketView packet, long hash, Ingress ingress, long nowNanos, FlowCursor made) {
        final boolean isEcho = packet.kind() == PacketKind.ECHO;
        final boolean isForeseen = decision.isForeseen;
        decision.isForeseen = false; // another attempt decides anew
        if (isEcho) {
            routeEcho(packet, ingress);
        } else if (!isForeseen) {
            route(packet, packet.protocol(), packet.destinationPort(), ingress);
        }
        final CompiledRule rule = decision.rule;
        final CompiledPool pool = decision.pool;
        if (decision.verdict != Verdict.FORWARD || rule == null || pool == null) {
            return settle(decision.verdict, decision.reason);
        }
        final int state = tracker.initialState(packet);
        if (state == TcpState.INVALID) {
            return settle(Verdict.INVALID, Reason.NOT_A_START);
        }
        final boolean isIpv4 = packet.isIpv4();
        final long sourceHigh = packet.sourceHigh();
        final long sourceLow = packet.sourceLow();
        final long random = random();
        if (!isForeseen) {
            tables.decider.choose(isIpv4, sourceHigh, sourceLow, random, nowNanos, decision);
        }
        if (decision.verdict != Verdict.FORWARD) {
            return settle(decision.verdict, decision.reason);
        }
        final EndpointState endpoint = pool.states[decision.position];
        key.of(packet);
        setTo(endpoint, isEcho);
        if (packet.isFirstFragment() && key.protocol == IpProtocols.SCTP && key.ports != to.ports) {
            return settle(Verdict.DROP, Reason.SCTP_FRAGMENT); // and no flow, of which nothing could come
        }
        if (decision.masquerade || decision.hairpin) {
            final IpAddress egress = tables.plan.node().egressTo(isIpv4, endpoint.high, endpoint.low);
            if (egress == null) {
                return settle(Verdict.DROP, Reason.NO_EGRESS_ADDRESS);
            }
            to.setSource(egress.high(), egress.low());
        }
        final FlowBinder binder = isIpv4 ? ipv4 : ipv6;
        if (!endpoint.acquire()) {
            return null; // the plan moved on
        }
        final boolean isReplyForeseen = isForeseen && !decision.masquerade && !decision.hairpin;
        final long replyHash = isReplyForeseen ? decision.replyHash : binder.replyHash(to);
        final Verdict verdict = bind(binder, hash, replyHash, state, endpoint.id, nowNanos);
        if (verdict != Verdict.FORWARD) {
            endpoint.release();
            return verdict;
        }
        tables.decider.remember(sourceHigh, sourceLow, endpoint.id, nowNanos, rule);
        made.slot = binder.originalSlot();
        made.control = binder.originalControl();
        if (tables.events.isRead()) {
            tables.events.publishSlots(FlowEvent.Type.NEW, !isIpv4, made.slot, table.pair(made.slot), nowNanos);
        }
        if (key.protocol == IpProtocols.UDP
                && tables.plan.udpLosses() != decision.udpLosses
                && !isServed(packet, endpoint, rule)) {
            table.end(made.slot, made.control, FlowObserver.End.UNSERVED, nowNanos);
            return null;
        }
        return settle(Verdict.FORWARD, Reason.NEW_FLOW);
    }

    /** Endpoints left since the rule was looked up, and the control thread may have gone by before the flow was there. */
    private boolean isServed(PacketView packet, EndpointState endpoint, CompiledRule madeBy) {
        final CompiledRule now = tables.plan.ruleFor(
                IpProtocols.UDP,
                packet.isIpv4(),
                packet.destinationHigh(),
                packet.destinationLow(),
                packet.destinationPort());
        return UnservedFlows.isServed(endpoint, madeBy, now);
    }

    /** What packets with this key become on their way to the endpoint, but for the source. */
    private void setTo(EndpointState endpoint, boolean isEcho) {
        to.of(key);
        to.setDestination(endpoint.high, endpoint.low);
        if (!isEcho) {
            to.setDestinationPort(endpoint.port);
        }
    }

    /**
     * Decides ahead about an IPv4 packet of no known flow, changing nothing. Where nothing that comes before the packet can
     * change the decision, it is marked to stand, for {@link #startAt(long, Decision)}.
     *
     * @param packetNumber as for {@link #startAt}
     * @return the hash of the tuple that the answers of its flow will most likely have, so that its place can be fetched; 0
     *     where no flow is to be expected
     */
    long foresee(PacketView packet, Ingress ingress, long nowNanos, long packetNumber, Decision into) {
        startAt(packetNumber, into);
        route(packet, packet.protocol(), packet.destinationPort(), ingress);
        final CompiledRule rule = decision.rule;
        final CompiledPool pool = decision.pool;
        if (decision.verdict != Verdict.FORWARD || rule == null || pool == null) {
            return 0;
        }
        tables.decider.preview(true, 0, packet.sourceLow(), random(), nowNanos, decision);
        if (decision.verdict != Verdict.FORWARD) {
            return 0;
        }
        decision.isForeseen = !rule.hasAffinity && pool.isSteady;
        final EndpointState endpoint = pool.states[decision.position];
        key.of(packet);
        setTo(endpoint, false);
        if (decision.masquerade || decision.hairpin) {
            final IpAddress egress = tables.plan.node().egressTo(true, 0, endpoint.low);
            if (egress == null) {
                return 0;
            }
            to.setSource(0, egress.low());
        }
        decision.replyHash = tables.ipv4.hash(key.reverseOf(to));
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

    /** The client's own source port is taken towards this endpoint: another one, from a random start. */
    private int bindOtherPort(FlowBinder binder, int state, long timeoutNanos, int endpointId, long nowNanos) {
        final SourcePorts ports = tables.sourcePorts;
        int index = Hashing.below(random(), ports.size());
        int bound = FlowBinder.TAKEN;
        for (int tries = ports.tries(); tries > 0 && bound == FlowBinder.TAKEN; tries--) {
            final int port = ports.port(index);
            if (key.protocol == IpProtocols.ICMP || key.protocol == IpProtocols.ICMPV6) {
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
     * The worker's n-th packet follows: from here on, the random numbers that are its own. So what is predicted for it is
     * what will be decided, whatever comes between.
     */
    void startAt(long packetNumber) {
        own.isForeseen = false;
        startAt(packetNumber, own);
    }

    /** The same for a packet that {@link #foresee} decided about ahead. */
    void startAt(long packetNumber, Decision foreseen) {
        randomState = Hashing.mix(seed + packetNumber);
        decision = foreseen;
    }

    private long random() {
        randomState = Hashing.next(randomState);
        return Hashing.mix(randomState);
    }
}

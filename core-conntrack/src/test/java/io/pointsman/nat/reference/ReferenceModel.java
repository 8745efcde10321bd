package io.pointsman.nat.reference;

import io.pointsman.model.IpAddress;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A simple model of the engine: a map of flows, a map of affinity, and the plan. If the engine may choose (an endpoint, a
 * source port), the model checks that the choice was allowed and follows it.
 */
public final class ReferenceModel {
    /** Deadlines are kept in ticks, so the engine may keep an entry this much longer than asked; a flow longer in proportion. */
    public static final Duration SLACK = Duration.ofMillis(300);

    private record Half(ModelFlow flow, boolean isOriginal) {}

    private record Client(IpAddress address, ServicePortName servicePort) {}

    private record Binding(IpAddress endpoint, int port, long untilNanos) {}

    private record Hashed(EndpointPool pool, Balancing balancing, IpAddress client) {}

    private final Map<Tuple, Half> halves = new HashMap<>();
    private final Map<Client, Binding> bindings = new HashMap<>();
    private final Map<Hashed, PoolEndpoint> hashed = new HashMap<>();
    private final ModelFragments fragments = new ModelFragments();
    private final int capacity;
    private final Set<Integer> snatPorts;
    private final boolean picksUpInTheMiddle;
    private ForwardingPlan plan;
    private Optional<Set<Tuple>> left = Optional.empty();

    /**
     * A model without flows.
     *
     * @param capacity flows that fit
     * @param snatPorts ports that a rewritten source may get
     */
    public ReferenceModel(ForwardingPlan plan, int capacity, Set<Integer> snatPorts, boolean picksUpInTheMiddle) {
        this.plan = plan;
        this.capacity = capacity;
        this.snatPorts = Set.copyOf(snatPorts);
        this.picksUpInTheMiddle = picksUpInTheMiddle;
    }

    /**
     * Puts a plan in force. New connections follow it; established ones stay, except UDP flows to a frontend that changed
     * whose endpoint is not in service by the new rule.
     */
    public void install(ForwardingPlan next) {
        final ForwardingPlan before = plan;
        plan = next;
        Set.copyOf(halves.values()).stream()
                .map(Half::flow)
                .filter(flow -> UnservedUdp.isUnserved(flow, before, next))
                .forEach(this::remove);
        bindings.entrySet().removeIf(entry -> !isNamed(next, entry.getKey(), entry.getValue()));
    }

    /** Whether a rule of the service port still forwards to the bound endpoint; otherwise the binding ends. */
    private static boolean isNamed(ForwardingPlan plan, Client client, Binding binding) {
        return plan.rules().values().stream()
                .filter(rule -> rule.owner().equals(client.servicePort()))
                .flatMap(rule -> Stream.of(rule.fromLocalPod(), rule.fromNode(), rule.fromExternal()))
                .flatMap(action ->
                        action instanceof Action.Forward forward ? forward.pool().endpoints().stream() : Stream.empty())
                .anyMatch(
                        endpoint -> endpoint.address().equals(binding.endpoint()) && endpoint.port() == binding.port());
    }

    /** Flows that live now. */
    public int flows(long nowNanos) {
        expire(nowNanos);
        return halves.size() / 2;
    }

    /** Tuples of both directions of every live flow. */
    public Set<Tuple> tuples(long nowNanos) {
        expire(nowNanos);
        return Set.copyOf(halves.keySet());
    }

    /** Original tuples of the live flows. */
    public Set<Tuple> originals(long nowNanos) {
        expire(nowNanos);
        return halves.values().stream().map(half -> half.flow().original).collect(Collectors.toSet());
    }

    /** Whether something is due at this very time, so that one tick decides: a test should move on a little. */
    public boolean isOnTheEdge(long nowNanos) {
        final long slack = SLACK.toNanos();
        return halves.values().stream()
                        .anyMatch(half -> isWithin(nowNanos - half.flow().expiresAtNanos, half.flow().slackNanos))
                || bindings.values().stream().anyMatch(binding -> isWithin(nowNanos - binding.untilNanos(), slack));
    }

    private static boolean isWithin(long difference, long slack) {
        return Math.abs(difference) <= slack;
    }

    /**
     * Describes what is wrong with the engine's result; empty if it was right. The model then follows the engine.
     *
     * @param left original tuples of the flows that the engine has after the packet; empty if not known, when there is
     *     room
     */
    public Optional<String> check(ModelPacket packet, long nowNanos, Observed observed, Optional<Set<Tuple>> left) {
        expire(nowNanos);
        this.left = left;
        if (packet.isLaterPiece()) {
            return checkLater(packet, packet.piece().orElseThrow().id(), nowNanos, observed);
        }
        final Optional<String> wrong = checkHeaded(packet, nowNanos, observed);
        if (wrong.isPresent() || packet.piece().isEmpty() || observed.outcome() != Outcome.FORWARD) {
            return wrong;
        }
        final Half half = halves.get(packet.tuple());
        if (half != null) { // it is gone when this was its last packet
            fragments.put(packet.tuple(), packet.piece().get().id(), half.flow(), half.isOriginal(), nowNanos);
        }
        return wrong;
    }

    /** A fragment without ports goes as the first of its packet went, if that came before. */
    private Optional<String> checkLater(ModelPacket packet, int id, long nowNanos, Observed observed) {
        final ModelFragments.Led led =
                fragments.find(packet.tuple(), id, nowNanos).orElse(null);
        final Half half = led == null ? null : halves.get(led.flow().original);
        final boolean isFlowGone = half == null || led == null || half.flow() != led.flow();
        final boolean isForgotten =
                led != null && fragments.mayBeForgotten(led) && observed.outcome() != Outcome.FORWARD;
        if (led == null || isFlowGone || isForgotten) {
            final IpAddress destination = packet.tuple().destination();
            final Outcome outcome = isVip(destination)
                    ? Outcome.DROP
                    : Decision.withoutRule(plan, false, packet.tuple().source(), destination, 0);
            return observed.expectUntouched(outcome, packet, "for its first fragment was not seen");
        }
        final Tuple expected = led.flow().translated(led.isOriginal());
        final boolean isRight = observed.outcome() == Outcome.FORWARD
                && observed.tuple().source().equals(expected.source())
                && observed.tuple().destination().equals(expected.destination());
        return isRight
                ? Optional.empty()
                : Optional.of("expected FORWARD after the first fragment by flow " + led.flow() + ", got " + observed);
    }

    private boolean isVip(IpAddress address) {
        return plan.rules().keySet().stream()
                .anyMatch(frontend -> !frontend.isNodePort() && frontend.vip().equals(address));
    }

    private Optional<String> checkHeaded(ModelPacket packet, long nowNanos, Observed observed) {
        if (packet.content() instanceof ModelPacket.Content.IcmpError error) {
            return checkError(packet, error, observed);
        }
        final Half half = halves.get(packet.tuple());
        if (packet.content() instanceof ModelPacket.Content.Echo echo) {
            if (half != null && half.isOriginal() == echo.isRequest()) {
                return checkKnown(half, packet, nowNanos, observed);
            }
            return echo.isRequest()
                    ? checkFirst(packet, nowNanos, observed)
                    : observed.expectUntouched(
                            Decision.withoutRule(
                                    plan,
                                    false,
                                    packet.tuple().source(),
                                    packet.tuple().destination(),
                                    0),
                            packet,
                            "for nobody asked");
        }
        return half == null ? checkFirst(packet, nowNanos, observed) : checkKnown(half, packet, nowNanos, observed);
    }

    private void expire(long nowNanos) {
        halves.values().removeIf(half -> half.flow().expiresAtNanos - nowNanos <= 0);
        bindings.values().removeIf(binding -> binding.untilNanos() - nowNanos <= 0);
    }

    private void remove(ModelFlow flow) {
        halves.remove(flow.original);
        halves.remove(flow.reply);
    }

    // A packet of a known flow

    private Optional<String> checkKnown(Half half, ModelPacket packet, long nowNanos, Observed observed) {
        final ModelFlow flow = half.flow();
        final boolean isOriginal = half.isOriginal();
        switch (packet.content()) {
            case ModelPacket.Content.Tcp tcp -> {
                final TcpModel.Step step = TcpModel.step(flow.tcp, isOriginal, tcp.flags());
                if (step.fate() == TcpModel.Fate.INVALID) {
                    return observed.expectUntouched(Outcome.INVALID, packet, "of " + flow);
                }
                if (step.fate() == TcpModel.Fate.REOPENS) {
                    remove(flow);
                    return checkFirst(packet, nowNanos, observed);
                }
                if (step.fate() == TcpModel.Fate.MOVES) {
                    if (!flow.replied && !isOriginal && step.state() == TcpModel.State.CLOSE) {
                        remove(flow); // refused: nothing to remember
                    }
                    flow.replied |= !isOriginal;
                    flow.assured |= flow.replied
                            && step.state() == TcpModel.State.ESTABLISHED
                            && (flow.tcp == TcpModel.State.SYN_RECEIVED || flow.tcp == TcpModel.State.ESTABLISHED);
                    flow.tcp = step.state();
                    flow.renew(nowNanos);
                }
            }
            case ModelPacket.Content.Udp _ -> {
                flow.replied |= !isOriginal;
                flow.assured |= !isOriginal;
                flow.renew(nowNanos);
            }
            case ModelPacket.Content.Sctp sctp -> {
                flow.sctp = SctpModel.step(flow.sctp, sctp.chunk());
                flow.replied |= !isOriginal;
                flow.assured |= flow.sctp == SctpModel.State.ESTABLISHED;
                flow.renew(nowNanos);
                if (isPortChangeInPieces(packet, flow.translated(isOriginal))) {
                    return observed.expectUntouched(Outcome.DROP, packet, "for its checksum covers what is not here");
                }
            }
            case ModelPacket.Content.Echo _ -> {
                flow.replied |= !isOriginal;
                flow.renew(nowNanos);
            }
            case ModelPacket.Content.IcmpError _ -> throw new IllegalStateException("an error is no packet of a flow");
        }
        final Tuple expected = flow.translated(isOriginal);
        return observed.outcome() == Outcome.FORWARD && observed.tuple().equals(expected)
                ? Optional.empty()
                : Optional.of("expected FORWARD as " + expected + " by flow " + flow + ", got " + observed);
    }

    // A packet of no flow

    private Optional<String> checkFirst(ModelPacket packet, long nowNanos, Observed observed) {
        final Tuple tuple = packet.tuple();
        return switch (Decision.of(plan, packet)) {
            case Decision.Plain plain -> observed.expectUntouched(plain.outcome(), packet, "by the plan");
            case Decision.Forward forward -> {
                final ModelFlow flow = new ModelFlow(tuple, observed.tuple().reversed(), forward.rule());
                if (!begins(packet.content(), flow)) {
                    yield observed.expectUntouched(Outcome.INVALID, packet, "for it can't begin a connection");
                }
                if (forward.candidates().isEmpty()) {
                    yield observed.expectUntouched(Outcome.REJECT, packet, "for no endpoint takes connections");
                }
                // No endpoint has its service's port, so that every SCTP packet's ports change.
                yield tuple.protocol() == Transport.SCTP && packet.piece().isPresent()
                        ? observed.expectUntouched(Outcome.DROP, packet, "for its checksum covers what is not here")
                        : checkForward(forward, flow, nowNanos, observed);
            }
        };
    }

    private static boolean isPortChangeInPieces(ModelPacket packet, Tuple to) {
        return packet.piece().isPresent()
                && (to.sourcePort() != packet.tuple().sourcePort()
                        || to.destinationPort() != packet.tuple().destinationPort());
    }

    private boolean begins(ModelPacket.Content content, ModelFlow flow) {
        return switch (content) {
            case ModelPacket.Content.Tcp tcp -> {
                flow.tcp = TcpModel.begin(tcp.flags(), picksUpInTheMiddle);
                yield flow.tcp != TcpModel.State.NONE;
            }
            case ModelPacket.Content.Sctp sctp -> {
                flow.sctp = SctpModel.begin(sctp.chunk());
                yield flow.sctp != SctpModel.State.NONE;
            }
            case ModelPacket.Content.Udp _ -> true;
            case ModelPacket.Content.Echo echo -> echo.isRequest();
            case ModelPacket.Content.IcmpError _ -> false;
        };
    }

    private Optional<String> checkForward(Decision.Forward forward, ModelFlow flow, long nowNanos, Observed observed) {
        final Tuple in = flow.original;
        final Tuple out = observed.tuple();
        final boolean wasFull = halves.size() / 2 >= capacity;
        final Set<ModelFlow> gone = gone();
        final Optional<String> wrongVictim = checkVictims(gone, wasFull);
        if (wrongVictim.isPresent()) {
            return wrongVictim;
        }
        gone.forEach(this::remove);
        if (observed.outcome() != Outcome.FORWARD) {
            return wasFull && gone.isEmpty() && !hasUnassured()
                    ? observed.expect(Outcome.DROP, "for the table is full of assured flows")
                    : mayFail(forward, in, nowNanos, observed);
        }
        if (wasFull && gone.isEmpty()) {
            return Optional.of("a flow beyond the capacity of " + capacity);
        }
        final PoolEndpoint endpoint = forward.candidates().stream()
                .filter(candidate -> candidate.address().equals(out.destination())
                        && (out.protocol() == Transport.ECHO || candidate.port() == out.destinationPort()))
                .findFirst()
                .orElse(null);
        if (endpoint == null) {
            return Optional.of("expected one of " + Decision.words(forward.candidates()) + ", got " + observed);
        }
        final boolean isBound = boundTo(forward, in.source(), nowNanos).isPresent();
        final Optional<String> wrongChoice = checkChoice(forward, in.source(), endpoint, nowNanos);
        if (wrongChoice.isPresent()) {
            return wrongChoice;
        }
        final Optional<String> wrongSource = checkSource(forward, in, endpoint, out);
        if (wrongSource.isPresent()) {
            return wrongSource;
        }
        if (!isBound) {
            hashed.putIfAbsent(new Hashed(forward.pool(), forward.rule().balancing(), in.source()), endpoint);
        }
        halves.put(flow.original, new Half(flow, true));
        halves.put(flow.reply, new Half(flow, false));
        flow.renew(nowNanos);
        forward.rule()
                .affinity()
                .ifPresent(timeout -> bindings.put(
                        new Client(in.source(), forward.rule().owner()),
                        new Binding(endpoint.address(), endpoint.port(), nowNanos + timeout.toNanos())));
        return Optional.empty();
    }

    /** Flows that the engine has not any more. */
    private Set<ModelFlow> gone() {
        final Set<ModelFlow> gone = new LinkedHashSet<>();
        left.ifPresent(originals -> halves.values().stream()
                .map(Half::flow)
                .filter(flow -> !originals.contains(flow.original))
                .forEach(gone::add));
        return gone;
    }

    private static Optional<String> checkVictims(Set<ModelFlow> gone, boolean wasFull) {
        if (gone.size() > (wasFull ? 1 : 0)) {
            return Optional.of("gave up " + gone + (wasFull ? " for one new flow" : " with room left"));
        }
        return gone.stream()
                .filter(flow -> flow.assured)
                .findAny()
                .map(flow -> "gave up " + flow + ", which is assured");
    }

    private boolean hasUnassured() {
        return halves.values().stream().anyMatch(half -> !half.flow().assured);
    }

    /** A connection may fail only where a candidate it may be sent to can't be reached with any allowed source. */
    private Optional<String> mayFail(Decision.Forward forward, Tuple in, long nowNanos, Observed observed) {
        final Set<PoolEndpoint> hopeless = new LinkedHashSet<>();
        for (PoolEndpoint candidate : forward.candidates()) {
            final boolean masquerades =
                    forward.masquerade() || candidate.address().equals(in.source());
            final IpAddress source =
                    masquerades ? plan.node().egressTo(candidate.address()).orElse(null) : in.source();
            if ((source == null || isExhausted(in, source, candidate))
                    && checkChoice(forward, in.source(), candidate, nowNanos).isEmpty()) {
                hopeless.add(candidate);
            }
        }
        return observed.outcome() == Outcome.DROP && !hopeless.isEmpty()
                ? Optional.empty()
                : Optional.of("expected FORWARD to one of " + Decision.words(forward.candidates()) + " by "
                        + forward.rule().frontend() + ", got " + observed);
    }

    /** Whether every source port towards the endpoint is taken: the client's own and all that it could get instead. */
    private boolean isExhausted(Tuple in, IpAddress source, PoolEndpoint endpoint) {
        return Stream.concat(Stream.of(in.sourcePort()), insteadOf(in).stream())
                .map(port -> outgoing(in, source, port, endpoint))
                .noneMatch(outgoing -> isFree(outgoing, in));
    }

    /** Source ports that a connection may get when its own is taken: of the same class. */
    private Set<Integer> insteadOf(Tuple in) {
        if (in.protocol() == Transport.ECHO || in.sourcePort() > 1023) {
            return snatPorts;
        }
        final IntStream ports =
                in.sourcePort() < 512 ? IntStream.rangeClosed(1, 511) : IntStream.rangeClosed(600, 1023);
        return ports.boxed().collect(Collectors.toUnmodifiableSet());
    }

    private Optional<PoolEndpoint> boundTo(Decision.Forward forward, IpAddress client, long nowNanos) {
        final Rule rule = forward.rule();
        final Binding binding = rule.affinity().isEmpty() ? null : bindings.get(new Client(client, rule.owner()));
        return binding == null || binding.untilNanos() - nowNanos <= 0
                ? Optional.empty()
                : forward.candidates().stream()
                        .filter(candidate ->
                                candidate.address().equals(binding.endpoint()) && candidate.port() == binding.port())
                        .findFirst();
    }

    private Optional<String> checkChoice(
            Decision.Forward forward, IpAddress client, PoolEndpoint endpoint, long nowNanos) {
        final Rule rule = forward.rule();
        final Optional<PoolEndpoint> bound = boundTo(forward, client, nowNanos);
        if (bound.isPresent()) {
            return bound.get().equals(endpoint)
                    ? Optional.empty()
                    : Optional.of("affinity binds " + client + " to " + bound.get() + ", got " + endpoint);
        }
        if (rule.balancing() == Balancing.SOURCE_HASH || rule.balancing() == Balancing.MAGLEV) {
            final PoolEndpoint before = hashed.get(new Hashed(forward.pool(), rule.balancing(), client));
            if (before != null && !before.equals(endpoint)) {
                return Optional.of(
                        rule.balancing() + " took " + client + " to " + before + " before, now to " + endpoint);
            }
        }
        return Optional.empty();
    }

    private Optional<String> checkSource(Decision.Forward forward, Tuple in, PoolEndpoint endpoint, Tuple out) {
        final boolean masquerades = forward.masquerade() || endpoint.address().equals(in.source());
        final @Nullable IpAddress source =
                masquerades ? plan.node().egressTo(endpoint.address()).orElse(null) : in.source();
        if (source == null) {
            return Optional.of("masqueraded to " + out.source() + " where the node has no address towards " + endpoint);
        }
        if (!out.source().equals(source)) {
            return Optional.of("expected source " + source + (masquerades ? " (masqueraded)" : " (kept)") + ", got "
                    + out.source());
        }
        final Tuple kept = outgoing(in, source, in.sourcePort(), endpoint);
        if (halves.containsKey(out.reversed())) {
            return Optional.of("the reply tuple " + out.reversed() + " belongs to another flow");
        }
        if (out.equals(kept)) {
            return Optional.empty();
        }
        if (isFree(kept, in)) {
            return Optional.of("source port " + in.sourcePort() + " was free, yet " + out.sourcePort() + " was taken");
        }
        return insteadOf(in).contains(out.sourcePort())
                ? Optional.empty()
                : Optional.of("source port " + out.sourcePort() + " is not in the range for rewritten sources");
    }

    private static Tuple outgoing(Tuple in, IpAddress source, int port, PoolEndpoint endpoint) {
        final int destinationPort = in.protocol() == Transport.ECHO ? port : endpoint.port();
        return new Tuple(in.protocol(), source, port, endpoint.address(), destinationPort);
    }

    private boolean isFree(Tuple outgoing, Tuple in) {
        return !halves.containsKey(outgoing.reversed()) && !outgoing.reversed().equals(in);
    }

    // An ICMP error

    private Optional<String> checkError(ModelPacket packet, ModelPacket.Content.IcmpError error, Observed observed) {
        final Tuple quoted = error.quoted();
        final Half half = halves.get(quoted.reversed());
        final boolean isOtherWay =
                half != null && quoted.protocol() == Transport.ECHO && half.isOriginal() == error.isRequest();
        if (half == null || isOtherWay) {
            final Outcome plain = Decision.withoutRule(
                    plan, false, packet.tuple().source(), packet.tuple().destination(), 0);
            final Outcome outcome = plain == Outcome.REJECT ? Outcome.DROP : plain; // no errors about errors
            return observed.expectUntouched(outcome, packet, "for it is about no flow");
        }
        final Tuple outer = packet.tuple();
        final Tuple inside = half.flow().translated(half.isOriginal()).reversed();
        final Tuple from = quoted.reversed();
        final Tuple to = inside.reversed();
        final IpAddress destination = to.destination();
        final IpAddress source = to.source().equals(from.source()) ? outer.source() : to.source();
        final boolean isRight = observed.outcome() == Outcome.FORWARD
                && observed.quoted().equals(Optional.of(inside))
                && observed.tuple().destination().equals(destination)
                && observed.tuple().source().equals(source);
        return isRight
                ? Optional.empty()
                : Optional.of("expected FORWARD from " + source + " to " + destination + " about " + inside
                        + " by flow " + half.flow() + ", got " + observed);
    }
}

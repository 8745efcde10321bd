package io.pointsman.nat;

import io.pointsman.conntrack.FlowTracker;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.nat.counters.CounterLayout;
import io.pointsman.nat.counters.EngineCounters;
import io.pointsman.nat.events.FlowEvent;
import io.pointsman.nat.events.FlowEvents;
import io.pointsman.nat.events.RingWatch;
import io.pointsman.nat.explain.Explainer;
import io.pointsman.nat.flows.ProxiedFlow;
import io.pointsman.nat.flows.ProxiedFlows;
import io.pointsman.nat.flows.StaleUdpFlows;
import io.pointsman.nat.flows.TrackedFlows;
import io.pointsman.nat.flows.UdpLosses;
import io.pointsman.nat.policy.AffinityTable;
import io.pointsman.nat.policy.CompiledPlan;
import io.pointsman.nat.policy.Decider;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import io.pointsman.spi.FlowRecord;
import io.pointsman.spi.FlowWatch;
import io.pointsman.spi.ServiceFigures;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides where connections go and keeps track of them. Plans are applied by one control thread; everything else may be
 * called by any thread, never waits for another, and sees each rule as it was before or after a change.
 *
 * <p>Times are nanoseconds of any one clock, {@link System#nanoTime} for instance; a clock that steps back only keeps
 * flows longer.
 */
public final class NatEngine implements AutoCloseable {
    private static final NodeFacts NO_NODE = NodeFacts.builder("").build();

    private final EngineConfig config;
    private final CompiledPlan plan = new CompiledPlan(NO_NODE);
    private final FlowEvents events;
    private final AtomicBoolean isWatched = new AtomicBoolean();
    private final ProxiedFlows proxied;
    private final Decider decider;
    private final FlowTracker tracker;
    private final EngineCounters counters;
    private final long seed;
    private final AtomicLong lastWorker = new AtomicLong();
    private final List<NatWorker> workers = new CopyOnWriteArrayList<>();
    // Made for the first worker: a backend that owns sockets has none, and should not pay for the tables.
    private volatile @Nullable EngineTables tables;

    private NatEngine(EngineConfig config) {
        this.config = config;
        counters = EngineCounters.open(config.countersFile()); // first: it may fail, and nothing is to be freed yet
        seed = config.hashSeed().orElseGet(() -> new SecureRandom().nextLong());
        events = new FlowEvents(config.eventRingSize());
        final AffinityTable affinity = new AffinityTable(config.affinityCapacity());
        decider = new Decider(plan, affinity, Hashing.mix(seed), config.forwardsEchoes());
        proxied = new ProxiedFlows(decider, config.capacity(), events);
        tracker = new FlowTracker(config.timeouts(), config.tcpLoose(), config.tcpBeLiberal());
    }

    /**
     * An engine without a plan: everything passes.
     *
     * @throws java.io.UncheckedIOException when its counters file can't be made, or is another engine's
     */
    public static NatEngine create(EngineConfig config) {
        return new NatEngine(config);
    }

    public EngineConfig config() {
        return config;
    }

    /**
     * Puts a plan in force; control thread only. {@code delta} leads from the last plan applied; one that does not is
     * ignored, and the whole plan compared.
     *
     * <p>Known flows stay where they are, but for UDP flows of the packet path: where the change takes an endpoint of theirs
     * out of {@link Rule#serving}, those on it are ended before this returns, and after the plan is in force.
     *
     * @param nowNanos when, for the events of flows that end
     */
    public void apply(ForwardingPlan next, PlanDelta delta, long nowNanos) {
        final UdpLosses losses = plan.apply(next, delta);
        final EngineTables all = tables;
        if (all != null && !losses.isEmpty()) {
            StaleUdpFlows.end(all, losses, nowNanos);
        }
    }

    /** The same for those whose times are {@link System#nanoTime}'s. */
    public void apply(ForwardingPlan next, PlanDelta delta) {
        apply(next, delta, System.nanoTime());
    }

    /** A handle on the packet path, for one thread. It lives as long as the engine: make few. */
    public NatWorker newWorker() {
        final NatWorker worker =
                new NatWorker(tables(), tracker, Hashing.mix(seed + 100 + lastWorker.incrementAndGet()));
        workers.add(worker);
        return worker;
    }

    /**
     * Changes how many flows of a family are accepted; any thread, while packets are processed. Flows above a lower limit stay
     * until they end or, if unassured, are displaced by new ones.
     *
     * @param flows 1 to the family's capacity in {@link EngineConfig}
     * @throws IllegalArgumentException above that: the table's memory is fixed for the engine's life, and the old limit stays
     */
    public void setMaxFlows(IpFamily family, int flows) {
        final EngineTables all = tables();
        switch (family) {
            case IPV4 -> all.ipv4.setMaxFlows(flows);
            case IPV6 -> all.ipv6.setMaxFlows(flows);
        }
    }

    /** Changes how many connections of socket backends are accepted, of both families together; 1 or more. */
    public void setMaxConnections(int connections) {
        proxied.setMaxConnections(connections);
    }

    /** How many connections of socket backends are accepted now. */
    public int maxConnections() {
        return proxied.maxConnections();
    }

    /**
     * Ends flows past their deadline, as many slots on as {@code budget} says from where the last call left off. To be called
     * now and then, by any thread; without it, flows only make room when their tuple comes back or the table is full.
     *
     * @return flows ended
     */
    public int sweep(int budget, long nowNanos) {
        final EngineTables all = tables;
        return all == null ? 0 : all.ipv4.sweep(budget, nowNanos) + all.ipv6.sweep(budget, nowNanos);
    }

    /** Packets of all workers that met their verdict for this reason. */
    public long packets(Reason reason) {
        return workers.stream().mapToLong(worker -> worker.packets(reason)).sum();
    }

    private long packetsNotPlain(boolean ofIpv6) {
        return workers.stream()
                .mapToLong(worker -> worker.packetsNotPlain(ofIpv6))
                .sum();
    }

    /**
     * Brings the counters that other processes read up to date. To be called now and then, by any thread: every second,
     * say.
     */
    public void publishCounters() {
        counters.publish(this);
    }

    /** Connections of socket backends that met this verdict. */
    public long connects(Verdict verdict) {
        return proxied.decided(verdict);
    }

    public long total(CounterLayout.Total total) {
        final EngineTables all = tables;
        return switch (total) {
            case FLOWS_NOW -> trackedFlows();
            case FLOWS_OPENED -> packets(Reason.NEW_FLOW);
            case FLOWS_ENDED -> all == null ? 0 : all.ipv4Ends.ended() + all.ipv6Ends.ended();
            case FLOWS_EARLY_DROPPED -> all == null ? 0 : all.ipv4Ends.droppedEarly() + all.ipv6Ends.droppedEarly();
            case FLOWS_REFUSED -> packets(Reason.TABLE_FULL);
            case CONNECTIONS_NOW -> proxied.size();
            case CONNECTIONS_OPENED -> proxied.opened();
            case CONNECTIONS_ENDED -> proxied.ended();
            case CONNECTIONS_REFUSED -> proxied.refused();
            case EVENTS_LOST -> events.lost();
            case UNCOMMON_IPV4 -> packetsNotPlain(false);
            case UNCOMMON_IPV6 -> packetsNotPlain(true);
        };
    }

    /** Flows of the packet path now, of both families. */
    public long trackedFlows() {
        final EngineTables all = tables;
        return all == null ? 0 : all.ipv4.size() + all.ipv6.size();
    }

    /** Bytes of both tables off the heap; 0 before the first worker. */
    public long tableBytes() {
        final EngineTables all = tables;
        return all == null ? 0 : all.ipv4.bytes() + all.ipv6.bytes();
    }

    /** As {@link #connect(Protocol, IpAddress, int, IpAddress, int, InputInterface, long)} where the interface is not known. */
    public ConnectDecision connect(
            Protocol protocol, IpAddress client, int clientPort, IpAddress vip, int vipPort, long nowNanos) {
        return connect(protocol, client, clientPort, vip, vipPort, InputInterface.NONE, nowNanos);
    }

    /**
     * Where a client's new connection goes, for backends that own sockets. A forwarded one is tracked until
     * {@link #disconnect}, and counts against the capacity.
     */
    public ConnectDecision connect(
            Protocol protocol,
            IpAddress client,
            int clientPort,
            IpAddress vip,
            int vipPort,
            InputInterface inputInterface,
            long nowNanos) {
        return proxied.connect(protocol, client, clientPort, vip, vipPort, inputInterface, nowNanos);
    }

    /**
     * Another endpoint after a failed dial, by the rule now in force; affinity moves with it. Refused when none is left:
     * the caller still disconnects.
     */
    public ConnectDecision retry(long flow, Collection<PoolEndpoint> tried, long nowNanos) {
        return proxied.retry(flow, tried, nowNanos);
    }

    /** The dial succeeded, or the first answer came. */
    public void established(long flow, long nowNanos) {
        final ProxiedFlow known = proxied.get(flow);
        if (known != null) {
            known.establish();
            events.proxied(FlowEvent.Type.ESTABLISHED, known, nowNanos);
        }
    }

    /** More bytes went: from the client and from the endpoint, since the last call. */
    public void transferred(long flow, long bytesOut, long bytesBack, long nowNanos) {
        final ProxiedFlow known = proxied.get(flow);
        if (known != null) {
            known.transferred(bytesOut, bytesBack);
        }
    }

    /** The connection is over. A second call, or one for a stale handle, does nothing. */
    public void disconnect(long flow, long nowNanos) {
        proxied.disconnect(flow, nowNanos);
    }

    /**
     * What would become of a packet with this tuple, step by step: the decision of the packet path run dry. Nothing is
     * changed by it. Allocates: for operators.
     */
    public Explanation explain(ExplainRequest request, long nowNanos) {
        return new Explainer(plan, decider, proxied, tables).explain(request, nowNanos);
    }

    /**
     * What a new connection with this tuple becomes if the endpoint is chosen for it, of those among which its rule chooses;
     * empty where that sends none there. Says less than {@link #explain} and costs less. Changes nothing.
     */
    public Optional<Explanation.Target> target(ExplainRequest request, IpAddress endpoint, int port, long nowNanos) {
        return new Explainer(plan, decider, proxied, tables).target(request, endpoint, port, nowNanos);
    }

    /** The flows known now, one after the other and not all at one instant. Allocates: for operators. */
    public Stream<FlowRecord> flows(long nowNanos) {
        final EngineTables all = tables;
        final Stream<FlowRecord> ofSockets = proxied.all().map(flow -> flow.record(plan));
        return all == null ? ofSockets : Stream.concat(ofSockets, TrackedFlows.records(all, nowNanos).stream());
    }

    /** What {@link #connect} and what follows it did at each service port that has a rule; packets are not among it. */
    public List<ServiceFigures> figures() {
        return plan.figures();
    }

    /**
     * Hands out at most {@code limit} flow events, and says how many; one thread at a time. Events are kept from the
     * first call on; an event that finds the ring full is lost, and counted in {@link #eventsLost}.
     */
    public int pollEvents(Consumer<FlowEvent> reader, int limit) {
        return events.poll(reader, limit);
    }

    /**
     * Watches flows come and go; reads the same events as {@link #pollEvents}, so that there is one reader.
     *
     * @return empty while another such watch is open
     */
    public Optional<FlowWatch> watchFlows() {
        return isWatched.compareAndSet(false, true)
                ? Optional.of(new RingWatch(events, this::owner, () -> isWatched.set(false)))
                : Optional.empty();
    }

    private Optional<ServicePortName> owner(FlowEvent event) {
        return Optional.ofNullable(plan.ruleFor(
                        event.protocol, event.ipv4, event.destinationHigh, event.destinationLow, event.destinationPort))
                .map(inForce -> inForce.rule.owner());
    }

    /** Flow events that wait for their reader, about. */
    public long eventsWaiting() {
        return events.waiting();
    }

    public long eventsLost() {
        return events.lost();
    }

    /** For this package's tests, too. */
    EngineTables tables() {
        final EngineTables made = tables;
        return made == null ? makeTables() : made;
    }

    private synchronized EngineTables makeTables() {
        EngineTables made = tables;
        if (made == null) {
            made = new EngineTables(config, plan, decider, events, seed);
            tables = made;
        }
        return made;
    }

    /** Publishes the counters and frees the tables. No other call may be under way, or come later. */
    @Override
    public void close() {
        publishCounters();
        counters.close();
        final EngineTables all = tables;
        if (all != null) {
            all.close();
        }
    }
}

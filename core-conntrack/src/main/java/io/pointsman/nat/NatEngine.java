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
 * Decides where connections go and tracks them. One control thread applies plans. Any thread may call everything else; no
 * call blocks, and each sees a rule either as it was before a change or after it.
 *
 * <p>Times are nanoseconds of any one clock, {@link System#nanoTime} for instance; if the clock steps back, flows only live
 * longer.
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
    // Created for the first worker: a backend that owns sockets has no worker, and should not pay for the tables.
    private volatile @Nullable EngineTables tables;

    private NatEngine(EngineConfig config) {
        this.config = config;
        counters = EngineCounters.open(config.countersFile()); // first: if it fails, nothing needs freeing
        seed = config.hashSeed().orElseGet(() -> new SecureRandom().nextLong());
        events = new FlowEvents(config.eventRingSize());
        final AffinityTable affinity = new AffinityTable(config.affinityCapacity());
        decider = new Decider(plan, affinity, Hashing.mix(seed), config.forwardsEchoes());
        proxied = new ProxiedFlows(decider, config.capacity(), events);
        tracker = new FlowTracker(config.timeouts(), config.tcpLoose(), config.tcpBeLiberal());
    }

    /**
     * Creates an engine without a plan: every packet passes.
     *
     * @throws java.io.UncheckedIOException when its counters file can't be created or belongs to another engine
     */
    public static NatEngine create(EngineConfig config) {
        return new NatEngine(config);
    }

    public EngineConfig config() {
        return config;
    }

    /**
     * Puts a plan in force; control thread only. If {@code delta} does not start from the last plan applied, it is ignored,
     * and the whole plans are compared.
     *
     * <p>Known flows stay on their endpoints, with one exception: if the change takes an endpoint out of a UDP frontend's
     * {@link Rule#serving}, the packet path's UDP flows on that endpoint are ended, after the plan is in force and before
     * this returns.
     *
     * @param nowNanos time of the change, for the events of flows that end
     */
    public void apply(ForwardingPlan next, PlanDelta delta, long nowNanos) {
        final UdpLosses losses = plan.apply(next, delta);
        final EngineTables all = tables;
        if (all != null && !losses.isEmpty()) {
            StaleUdpFlows.end(all, losses, nowNanos);
        }
    }

    /** Puts a plan in force at {@link System#nanoTime}, for callers whose clock that is. */
    public void apply(ForwardingPlan next, PlanDelta delta) {
        apply(next, delta, System.nanoTime());
    }

    /** Creates a handle on the packet path, for one thread. It lives as long as the engine, so create few. */
    public NatWorker newWorker() {
        final NatWorker worker =
                new NatWorker(tables(), tracker, Hashing.mix(seed + 100 + lastWorker.incrementAndGet()));
        workers.add(worker);
        return worker;
    }

    /**
     * Changes how many flows of a family are accepted; any thread, while packets are processed. Flows above a lower limit
     * stay until they end or, if unassured, are displaced by new ones.
     *
     * @param flows 1 to the family's capacity in {@link EngineConfig}
     * @throws IllegalArgumentException outside that range: the table's memory is fixed for the engine's life, and the old
     *     limit stays
     */
    public void setMaxFlows(IpFamily family, int flows) {
        final EngineTables all = tables();
        switch (family) {
            case IPV4 -> all.ipv4.setMaxFlows(flows);
            case IPV6 -> all.ipv6.setMaxFlows(flows);
        }
    }

    /**
     * Changes how many connections of socket backends are accepted, of both families together.
     *
     * @param connections 1 or more
     */
    public void setMaxConnections(int connections) {
        proxied.setMaxConnections(connections);
    }

    /** Most connections of socket backends that are accepted now. */
    public int maxConnections() {
        return proxied.maxConnections();
    }

    /**
     * Ends expired flows in the next {@code budget} slots, continuing where the last call stopped. Any thread; call it
     * regularly. Without it, expired flows make room only when their tuple comes back or the table is full.
     *
     * @return number of flows ended
     */
    public int sweep(int budget, long nowNanos) {
        final EngineTables all = tables;
        return all == null ? 0 : all.ipv4.sweep(budget, nowNanos) + all.ipv6.sweep(budget, nowNanos);
    }

    /** Number of packets, over all workers, with this reason. */
    public long packets(Reason reason) {
        return workers.stream().mapToLong(worker -> worker.packets(reason)).sum();
    }

    private long packetsNotPlain(boolean ofIpv6) {
        return workers.stream()
                .mapToLong(worker -> worker.packetsNotPlain(ofIpv6))
                .sum();
    }

    /** Publishes the counters that other processes read. Any thread; call it regularly, for instance every second. */
    public void publishCounters() {
        counters.publish(this);
    }

    /** Number of connect decisions with this verdict, for socket backends. */
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

    /** Number of the packet path's flows now, of both families. */
    public long trackedFlows() {
        final EngineTables all = tables;
        return all == null ? 0 : all.ipv4.size() + all.ipv6.size();
    }

    /** Bytes of off-heap memory of both tables; 0 before the first worker. */
    public long tableBytes() {
        final EngineTables all = tables;
        return all == null ? 0 : all.ipv4.bytes() + all.ipv6.bytes();
    }

    /** Decides about a client's new connection whose interface is not known. */
    public ConnectDecision connect(
            Protocol protocol, IpAddress client, int clientPort, IpAddress vip, int vipPort, long nowNanos) {
        return connect(protocol, client, clientPort, vip, vipPort, InputInterface.NONE, nowNanos);
    }

    /**
     * Decides about a client's new connection, for backends that own sockets. A forwarded one is tracked until
     * {@link #disconnect} and counts against the limit of connections.
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
     * Chooses another endpoint after a failed dial, by the rule now in force; affinity moves with it. Refused if no endpoint
     * is left: the caller must still disconnect.
     */
    public ConnectDecision retry(long flow, Collection<PoolEndpoint> tried, long nowNanos) {
        return proxied.retry(flow, tried, nowNanos);
    }

    /** Records that the dial succeeded or the first reply came. */
    public void established(long flow, long nowNanos) {
        final ProxiedFlow known = proxied.get(flow);
        if (known != null) {
            known.establish();
            events.proxied(FlowEvent.Type.ESTABLISHED, known, nowNanos);
        }
    }

    /** Records bytes transferred from the client and from the endpoint since the last call. */
    public void transferred(long flow, long bytesOut, long bytesBack, long nowNanos) {
        final ProxiedFlow known = proxied.get(flow);
        if (known != null) {
            known.transferred(bytesOut, bytesBack);
        }
    }

    /** Ends a connection. A second call, or one with a stale handle, does nothing. */
    public void disconnect(long flow, long nowNanos) {
        proxied.disconnect(flow, nowNanos);
    }

    /**
     * Explains step by step what would become of a packet with this tuple, by the packet path's decision without its
     * effects. Changes nothing. Allocates: for operators.
     */
    public Explanation explain(ExplainRequest request, long nowNanos) {
        return new Explainer(plan, decider, proxied, tables).explain(request, nowNanos);
    }

    /**
     * Returns the target of a new connection with this tuple if this endpoint is chosen; empty if its rule never chooses it.
     * Says less than {@link #explain} and costs less. Changes nothing.
     */
    public Optional<Explanation.Target> target(ExplainRequest request, IpAddress endpoint, int port, long nowNanos) {
        return new Explainer(plan, decider, proxied, tables).target(request, endpoint, port, nowNanos);
    }

    /** Lists the flows now known, one after another: not a snapshot of one instant. Allocates: for operators. */
    public Stream<FlowRecord> flows(long nowNanos) {
        final EngineTables all = tables;
        final Stream<FlowRecord> ofSockets = proxied.all().map(flow -> flow.record(plan));
        return all == null ? ofSockets : Stream.concat(ofSockets, TrackedFlows.records(all, nowNanos).stream());
    }

    /** Figures of socket backends' connections for each service port that has a rule; packets are not included. */
    public List<ServiceFigures> figures() {
        return plan.figures();
    }

    /**
     * Passes at most {@code limit} flow events to a reader and returns their number; one thread at a time. Events are
     * recorded from the first call on; an event that finds the ring full is lost, and counted in {@link #eventsLost}.
     */
    public int pollEvents(Consumer<FlowEvent> reader, int limit) {
        return events.poll(reader, limit);
    }

    /**
     * Watches flows begin and end. Reads the same events as {@link #pollEvents}, so use only one of the two.
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
                        event.protocol(),
                        event.isIpv4(),
                        event.destinationHigh(),
                        event.destinationLow(),
                        event.destinationPort()))
                .map(inForce -> inForce.rule.owner());
    }

    /** Approximate number of flow events that wait for their reader. */
    public long eventsWaiting() {
        return events.waiting();
    }

    public long eventsLost() {
        return events.lost();
    }

    /** Tables, created on first use; visible for tests. */
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

    /** Publishes the counters and frees the tables. No other call may be in progress or follow. */
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

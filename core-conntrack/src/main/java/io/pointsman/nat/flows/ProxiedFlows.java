package io.pointsman.nat.flows;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.nat.ConnectDecision;
import io.pointsman.nat.Hashing;
import io.pointsman.nat.InputInterface;
import io.pointsman.nat.Reason;
import io.pointsman.nat.Verdict;
import io.pointsman.nat.events.FlowEvent;
import io.pointsman.nat.events.FlowEvents;
import io.pointsman.nat.policy.CompiledPool;
import io.pointsman.nat.policy.CompiledRule;
import io.pointsman.nat.policy.Decider;
import io.pointsman.nat.policy.Decision;
import io.pointsman.nat.policy.EndpointState;
import io.pointsman.plan.PoolEndpoint;
import java.util.Collection;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.jctools.maps.NonBlockingHashMapLong;
import org.jspecify.annotations.Nullable;

/** The connections of backends that own sockets, by handle. Lock-free, any thread. */
public final class ProxiedFlows {
    private static final int MAX_ATTEMPTS = 16; // each failed one means that the plan changed during it

    private final Decider decider;
    private volatile int maxConnections;
    private final FlowEvents events;
    private final NonBlockingHashMapLong<ProxiedFlow> flows = new NonBlockingHashMapLong<>(false);
    private final AtomicLong lastHandle = new AtomicLong();
    private final AtomicLong count = new AtomicLong();
    private final AtomicLongArray verdicts = new AtomicLongArray(Verdict.values().length); // of connect decisions
    private final LongAdder tableFull = new LongAdder();
    private final LongAdder ended = new LongAdder();

    public ProxiedFlows(Decider decider, int capacity, FlowEvents events) {
        this.decider = decider;
        maxConnections = capacity;
        this.events = events;
    }

    public ConnectDecision connect(
            Protocol protocol,
            IpAddress client,
            int clientPort,
            IpAddress vip,
            int vipPort,
            InputInterface inputInterface,
            long nowNanos) {
        final ConnectDecision decided = decide(protocol, client, clientPort, vip, vipPort, inputInterface, nowNanos);
        final Verdict verdict =
                switch (decided) {
                    case ConnectDecision.Forward _ -> Verdict.FORWARD;
                    case ConnectDecision.Refused refused -> refused.verdict();
                };
        verdicts.getAndIncrement(verdict.index());
        return decided;
    }

    private ConnectDecision decide(
            Protocol protocol,
            IpAddress client,
            int clientPort,
            IpAddress vip,
            int vipPort,
            InputInterface inputInterface,
            long nowNanos) {
        final Decision decision = new Decision();
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            route(protocol, client, vip, vipPort, inputInterface, decision);
            decider.choose(client.isIpv4(), client.high(), client.low(), random(), nowNanos, decision);
            final CompiledRule rule = decision.rule;
            final CompiledPool pool = decision.pool;
            if (decision.verdict != Verdict.FORWARD || rule == null || pool == null) {
                return refused(rule, decision.verdict, decision.reason);
            }
            final EndpointState state = pool.states[decision.position];
            if (state.acquire()) {
                if (count.incrementAndGet() > maxConnections) {
                    count.decrementAndGet();
                    state.release();
                    tableFull.increment();
                    return refused(rule, Verdict.DROP, Reason.TABLE_FULL);
                }
                final PoolEndpoint endpoint = pool.endpoints[decision.position];
                decider.remember(client.high(), client.low(), state.id, nowNanos, rule);
                final ProxiedFlow flow = new ProxiedFlow(
                        lastHandle.incrementAndGet(),
                        protocol,
                        client,
                        clientPort,
                        vip,
                        vipPort,
                        inputInterface,
                        new ProxiedFlow.Dial(state, endpoint, rule));
                flows.put(flow.handle, flow);
                flow.counts.opened(decision.fromAffinity);
                events.proxied(FlowEvent.Type.NEW, flow, nowNanos);
                return forward(flow, decision);
            }
        }
        return refused(decision.rule, Verdict.REJECT, Reason.NO_ENDPOINT);
    }

    private static ConnectDecision refused(@Nullable CompiledRule rule, Verdict verdict, Reason reason) {
        if (rule != null) {
            rule.counts.refused(reason);
        }
        return new ConnectDecision.Refused(verdict, reason);
    }

    public ConnectDecision retry(long handle, Collection<PoolEndpoint> tried, long nowNanos) {
        final ProxiedFlow flow = flows.get(handle);
        if (flow == null) {
            return new ConnectDecision.Refused(Verdict.REJECT, Reason.STALE);
        }
        final Decision decision = new Decision();
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            final ProxiedFlow.Dial from = flow.dial();
            route(flow.protocol, flow.client, flow.vip, flow.vipPort, flow.inputInterface, decision);
            final CompiledRule rule = decision.rule;
            final CompiledPool pool = decision.pool;
            if (decision.verdict != Verdict.FORWARD || rule == null || pool == null) {
                return new ConnectDecision.Refused(decision.verdict, decision.reason);
            }
            decision.position = untried(pool, tried);
            if (decision.position == CompiledPool.NO_ENDPOINT) {
                return new ConnectDecision.Refused(Verdict.REJECT, Reason.NO_ENDPOINT);
            }
            final EndpointState state = pool.states[decision.position];
            if (state.acquire()) {
                decision.hairpin = state.isAt(flow.client.isIpv4(), flow.client.high(), flow.client.low());
                final PoolEndpoint endpoint = pool.endpoints[decision.position];
                if (flow.redial(from, new ProxiedFlow.Dial(state, endpoint, rule))) {
                    from.state().release();
                    decider.remember(flow.client.high(), flow.client.low(), state.id, nowNanos, rule);
                    return forward(flow, decision);
                }
                state.release();
            }
        }
        return new ConnectDecision.Refused(Verdict.REJECT, Reason.NO_ENDPOINT);
    }

    /** Changes the number of connections that are accepted. Those above a lower limit stay until they end. */
    public void setMaxConnections(int connections) {
        if (connections < 1) {
            throw new IllegalArgumentException("a limit of " + connections + " connections accepts none");
        }
        maxConnections = connections;
    }

    /** Most connections that are accepted. */
    public int maxConnections() {
        return maxConnections;
    }

    @Nullable
    public ProxiedFlow get(long handle) {
        return flows.get(handle);
    }

    public void disconnect(long handle, long nowNanos) {
        final ProxiedFlow flow = flows.remove(handle);
        if (flow != null) {
            flow.dial().state().release();
            count.decrementAndGet();
            ended.increment();
            flow.counts.ended();
            events.proxied(FlowEvent.Type.DESTROY, flow, nowNanos);
        }
    }

    public Stream<ProxiedFlow> all() {
        return flows.values().stream();
    }

    public long size() {
        return count.get();
    }

    /** Number of connections tracked so far. */
    public long opened() {
        return lastHandle.get();
    }

    public long ended() {
        return ended.sum();
    }

    /** Number of connections refused because the limit was reached. */
    public long refused() {
        return tableFull.sum();
    }

    /** Number of connect decisions with this verdict. */
    public long decided(Verdict verdict) {
        return verdicts.get(verdict.index());
    }

    private void route(
            Protocol protocol,
            IpAddress client,
            IpAddress vip,
            int vipPort,
            InputInterface inputInterface,
            Decision decision) {
        decider.route(
                protocol.number(),
                client.isIpv4(),
                client.high(),
                client.low(),
                vip.high(),
                vip.low(),
                vipPort,
                inputInterface,
                decision);
    }

    private static ConnectDecision forward(ProxiedFlow flow, Decision decision) {
        final ProxiedFlow.Dial dial = flow.dial();
        final boolean masquerade = decision.masquerade || decision.hairpin;
        return new ConnectDecision.Forward(flow.handle, dial.endpoint(), masquerade, dial.rule().rule);
    }

    /** Picks a random endpoint of the pool that has not been tried. Returns its position. */
    private static int untried(CompiledPool pool, Collection<PoolEndpoint> tried) {
        final int size = pool.size();
        final int start = size == 0 ? 0 : Hashing.below(random(), size);
        for (int i = 0; i < size; i++) {
            final int position = (start + i) % size;
            final PoolEndpoint candidate = pool.endpoints[position];
            final boolean isTried = tried.stream()
                    .anyMatch(one ->
                            one.port() == candidate.port() && one.address().equals(candidate.address()));
            if (!isTried) {
                return position;
            }
        }
        return CompiledPool.NO_ENDPOINT;
    }

    private static long random() {
        return ThreadLocalRandom.current().nextLong();
    }
}

package io.pointsman.nat.explain;

import io.pointsman.model.IpAddress;
import io.pointsman.nat.EngineTables;
import io.pointsman.nat.ExplainRequest;
import io.pointsman.nat.Explanation;
import io.pointsman.nat.Explanation.Kind;
import io.pointsman.nat.Explanation.SourceChange;
import io.pointsman.nat.Explanation.Target;
import io.pointsman.nat.InputInterface;
import io.pointsman.nat.Reason;
import io.pointsman.nat.Verdict;
import io.pointsman.nat.flows.KnownFlow;
import io.pointsman.nat.flows.ProxiedFlows;
import io.pointsman.nat.policy.CompiledNode;
import io.pointsman.nat.policy.CompiledPlan;
import io.pointsman.nat.policy.CompiledPool;
import io.pointsman.nat.policy.CompiledRule;
import io.pointsman.nat.policy.Decider;
import io.pointsman.nat.policy.Decision;
import io.pointsman.nat.policy.EndpointState;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import io.pointsman.spi.FlowRecord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Runs {@link Decider} without side effects and records its steps. Any thread; allocates freely. */
public final class Explainer {
    private final CompiledPlan plan;
    private final Decider decider;
    private final ProxiedFlows proxied;
    private final @Nullable EngineTables tables;

    /**
     * Creates an explainer.
     *
     * @param tables null while no packet can have come
     */
    public Explainer(CompiledPlan plan, Decider decider, ProxiedFlows proxied, @Nullable EngineTables tables) {
        this.plan = plan;
        this.decider = decider;
        this.proxied = proxied;
        this.tables = tables;
    }

    public Explanation explain(ExplainRequest request, long nowNanos) {
        return KnownFlow.tracked(tables, request.tuple(), nowNanos)
                .or(() -> KnownFlow.proxied(proxied, plan, request.tuple()))
                .map(flow -> known(request, flow))
                .orElseGet(() -> new Run(request, nowNanos).explain());
    }

    /** Returns the target of a new connection to this endpoint; empty if its rule never chooses the endpoint. */
    public Optional<Target> target(ExplainRequest request, IpAddress endpoint, int port, long nowNanos) {
        return new Run(request, nowNanos).target(endpoint, port);
    }

    private static Explanation known(ExplainRequest request, KnownFlow flow) {
        final StepList steps = new StepList();
        steps.add(
                Kind.KNOWN_FLOW,
                "belongs to a known flow (" + flow.state() + (flow.isReply() ? ", as an answer" : "")
                        + ") and is treated like it: "
                        + (flow.bySockets()
                                ? "carried by sockets to "
                                        + flow.becomes()
                                                .destination()
                                                .withPort(flow.becomes().destinationPort())
                                : "becomes " + flow.becomes()),
                "state",
                flow.state(),
                "direction",
                flow.isReply() ? "reply" : "original",
                "becomes",
                flow.becomes());
        return new Explanation(
                request,
                Verdict.FORWARD,
                Reason.ESTABLISHED,
                steps.toList(),
                Optional.empty(),
                List.of(),
                List.of(),
                Optional.of(flow.becomes()));
    }

    /** Explanation of one new connection. */
    private final class Run {
        private final ExplainRequest request;
        private final IpAddress source;
        private final long nowNanos;
        private final Decision decision = new Decision();
        private final StepList steps = new StepList();
        private final CompiledNode node = plan.node();

        Run(ExplainRequest request, long nowNanos) {
            this.request = request;
            this.nowNanos = nowNanos;
            source = request.source();
        }

        Optional<Target> target(IpAddress endpoint, int port) {
            final CompiledPool pool = route();
            if (decision.verdict != Verdict.FORWARD || pool == null) {
                return Optional.empty();
            }
            for (int position = 0; position < pool.size(); position++) {
                final PoolEndpoint candidate = pool.endpoints[position];
                if (candidate.port() == port && candidate.address().equals(endpoint)) {
                    return Optional.of(target(pool, position));
                }
            }
            return Optional.empty();
        }

        private @Nullable CompiledPool route() {
            final IpAddress destination = request.destination();
            final InputInterface inputInterface =
                    request.inputInterface().map(InputInterface::of).orElse(InputInterface.NONE);
            decider.route(
                    request.protocol().number(),
                    source.isIpv4(),
                    source.high(),
                    source.low(),
                    destination.high(),
                    destination.low(),
                    request.destinationPort(),
                    inputInterface,
                    decision);
            return decision.pool;
        }

        Explanation explain() {
            final CompiledPool pool = route();
            final CompiledRule rule = decision.rule;
            if (rule == null) {
                RouteNarration.noRule(steps, request, plan, node.facts, decision);
                return done(null, List.of(), List.of());
            }
            RouteNarration.rule(steps, request, rule.rule, node.facts, decision);
            if (decision.verdict != Verdict.FORWARD || pool == null) {
                return done(rule.rule, List.of(), List.of());
            }
            final List<PoolEndpoint> candidates = List.of(pool.endpoints);
            EndpointNarration.candidates(steps, pool);
            final List<Target> targets = choose(pool);
            if (targets.isEmpty()) {
                return done(rule.rule, candidates, targets);
            }
            EndpointNarration.choice(steps, rule.rule, candidates, targets, bound(rule));
            EndpointNarration.source(steps, targets, portOf(targets));
            if (targets.stream().allMatch(target -> target.change() == SourceChange.NO_ADDRESS)) {
                decision.settle(Verdict.DROP, Reason.NO_EGRESS_ADDRESS);
            } else {
                EndpointNarration.reply(steps, request, targets);
            }
            return done(rule.rule, candidates, targets);
        }

        /**
         * Returns the endpoints that the connection may go to. Tries, for each endpoint's share of the random numbers, the
         * lowest and the highest low half, which is the half that weights are compared with.
         */
        private List<Target> choose(CompiledPool pool) {
            final long stride = Long.divideUnsigned(-1L, Math.max(1, pool.size()));
            final Set<Integer> positions = new TreeSet<>();
            for (int i = 0; i < Math.max(1, pool.size()); i++) {
                final long middle = stride * i + (stride >>> 1);
                preview(middle & -1L << 32, positions);
                preview(middle | 0xFFFF_FFFFL, positions);
            }
            return positions.stream().map(position -> target(pool, position)).toList();
        }

        private void preview(long random, Set<Integer> positions) {
            decider.preview(source.isIpv4(), source.high(), source.low(), random, nowNanos, decision);
            if (decision.position != CompiledPool.NO_ENDPOINT) {
                positions.add(decision.position);
            }
        }

        private Target target(CompiledPool pool, int position) {
            final EndpointState state = pool.states[position];
            final boolean isHairpin = state.isAt(source.isIpv4(), source.high(), source.low());
            final PoolEndpoint endpoint = pool.endpoints[position];
            if (!decision.masquerade && !isHairpin) {
                return new Target(endpoint, SourceChange.KEPT, source);
            }
            final IpAddress egress = node.egressTo(source.isIpv4(), state.high, state.low);
            if (egress == null) {
                return new Target(endpoint, SourceChange.NO_ADDRESS, source);
            }
            return new Target(endpoint, decision.masquerade ? SourceChange.MASQUERADE : SourceChange.HAIRPIN, egress);
        }

        /** Time left of the affinity that chose; empty if none did. */
        private Optional<Duration> bound(CompiledRule rule) {
            return decision.fromAffinity
                    ? Optional.of(
                            Duration.ofNanos(decider.affinityLeftNanos(source.high(), source.low(), nowNanos, rule)))
                    : Optional.empty();
        }

        private EndpointNarration.SourcePort portOf(List<Target> targets) {
            if (targets.size() > 1) {
                return EndpointNarration.SourcePort.KEPT_IF_FREE;
            }
            final Target target = targets.getFirst();
            final FlowRecord.Tuple becomes = new FlowRecord.Tuple(
                    request.protocol(),
                    target.source(),
                    request.sourcePort(),
                    target.endpoint().address(),
                    target.endpoint().port());
            return KnownFlow.tracked(tables, KnownFlow.reverse(becomes), nowNanos)
                            .isPresent()
                    ? EndpointNarration.SourcePort.TAKEN
                    : EndpointNarration.SourcePort.KEPT;
        }

        private Explanation done(@Nullable Rule rule, List<PoolEndpoint> candidates, List<Target> targets) {
            return new Explanation(
                    request,
                    decision.verdict,
                    decision.reason,
                    steps.toList(),
                    Optional.ofNullable(rule),
                    candidates,
                    targets,
                    Optional.empty());
        }
    }
}

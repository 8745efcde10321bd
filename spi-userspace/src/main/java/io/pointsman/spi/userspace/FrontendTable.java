package io.pointsman.spi.userspace;

import io.netty.channel.ChannelException;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.userspace.host.RuleNeeds;
import io.pointsman.spi.userspace.loop.BindFailure;
import io.pointsman.spi.userspace.loop.Listener;
import io.pointsman.spi.userspace.loop.ProxyContext;
import io.pointsman.spi.userspace.loop.Sockets;
import io.pointsman.spi.userspace.tcp.TcpListener;
import io.pointsman.spi.userspace.udp.UdpListener;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Listeners of every rule in force. One thread applies plans; others may {@link #audit}. Sockets are opened and closed on
 * the event loops, all at once, and awaited together.
 */
final class FrontendTable {
    private final ProxyContext proxy;
    private final Map<Frontend, Served> served = new ConcurrentHashMap<>();
    private final NavigableMap<Frontend, RuleProblem> problems = new TreeMap<>();
    private final Set<Frontend> incomplete = new HashSet<>(); // some address was refused; tried again with each plan
    private int changes;

    /** A rule and its sockets. */
    private static final class Served {
        private final Map<IpAddress, Listener> listeners = new ConcurrentHashMap<>();
        private volatile Rule rule;
        private volatile Set<IpAddress> wanted = Set.of();

        Served(Rule rule) {
            this.rule = rule;
        }
    }

    private record Opening(
            Served owner,
            List<String> failures,
            IpAddress address,
            InetSocketAddress at,
            CompletableFuture<Void> done) {}

    FrontendTable(ProxyContext proxy) {
        this.proxy = proxy;
    }

    /**
     * Opens and closes listeners as the rules changed, and retries those refused before; returns the number of sockets and
     * rules touched.
     */
    int apply(ForwardingPlan plan, PlanDelta delta) {
        changes = 0;
        final Set<Frontend> touched = new LinkedHashSet<>(incomplete);
        final List<CompletableFuture<Void>> closing = new ArrayList<>();
        for (PlanDelta.RuleChange change : delta.rules()) {
            final Rule after = change.after();
            if (after == null) {
                remove(change.frontend(), closing);
                touched.remove(change.frontend());
            } else {
                served.computeIfAbsent(after.frontend(), _ -> new Served(after)).rule = after;
                touched.add(after.frontend());
            }
        }
        if (delta.nodeChanged()) {
            served.keySet().stream().filter(Frontend::isNodePort).forEach(touched::add);
        }
        touched.forEach(frontend -> closeUnwanted(frontend, plan.node(), closing));
        closing.forEach(CompletableFuture::join);
        proxy.host().apply(plan.node(), changedRules(delta, touched));
        openWanted(touched);
        return changes;
    }

    private Map<Frontend, Optional<Rule>> changedRules(PlanDelta delta, Set<Frontend> touched) {
        final Map<Frontend, Optional<Rule>> changed = new HashMap<>();
        delta.rules().forEach(change -> changed.put(change.frontend(), Optional.ofNullable(change.after())));
        touched.forEach(frontend ->
                changed.put(frontend, Optional.ofNullable(served.get(frontend)).map(one -> one.rule)));
        return changed;
    }

    /** Number of rules that work, degraded ones included. */
    int inForce() {
        return served.size()
                - (int) problems.values().stream()
                        .filter(problem -> problem.kind() != RuleProblem.Kind.DEGRADED)
                        .count();
    }

    List<RuleProblem> problems() {
        return List.copyOf(problems.values());
    }

    /** Returns one sentence for each address that should have a listener and has none. Any thread. */
    List<String> audit() {
        final List<String> findings = new ArrayList<>();
        served.forEach((frontend, one) -> {
            for (IpAddress address : one.wanted) {
                final Listener listener = one.listeners.get(address);
                if (listener == null || !listener.isOpen()) {
                    findings.add(frontend + ": no listener at " + address.withPort(frontend.port()));
                }
            }
        });
        findings.addAll(proxy.host().audit());
        findings.sort(null);
        return findings;
    }

    /** Stops all listeners. */
    void close() {
        final List<CompletableFuture<Void>> closing = new ArrayList<>();
        served.keySet().forEach(frontend -> remove(frontend, closing));
        closing.forEach(CompletableFuture::join);
    }

    private void remove(Frontend frontend, List<CompletableFuture<Void>> closing) {
        final Served gone = served.remove(frontend);
        incomplete.remove(frontend);
        problems.remove(frontend);
        if (gone != null) {
            final EndpointPool none = new EndpointPool(gone.rule.serving().id(), List.of());
            for (Listener listener : gone.listeners.values()) {
                changes++;
                closing.add(listener.serving(none));
                closing.add(listener.close());
            }
        }
    }

    private void closeUnwanted(Frontend frontend, NodeFacts node, List<CompletableFuture<Void>> closing) {
        final Served one = Objects.requireNonNull(served.get(frontend), "only rules in the plan are touched");
        one.wanted = RuleNeeds.unsupported(one.rule).isPresent() ? Set.of() : listened(one.rule, node);
        one.listeners.forEach((address, listener) -> {
            changes++;
            closing.add(listener.serving(one.rule.serving()));
            if (!one.wanted.contains(address) || !listener.isOpen()) {
                one.listeners.remove(address);
                closing.add(listener.close());
            }
        });
    }

    /**
     * Returns the addresses to listen at for a rule. Empty if the rule neither forwards nor drops, for example without
     * endpoints: the host then refuses by itself, with a RST or an ICMP port unreachable, as a rejection should be.
     */
    private static Set<IpAddress> listened(Rule rule, NodeFacts node) {
        final boolean isHeard = rule.forwards() || rule.actions().contains(Action.DROP);
        return isHeard ? rule.addresses(node) : Set.of();
    }

    private void openWanted(Set<Frontend> touched) {
        final List<Opening> openings = new ArrayList<>();
        final Map<Frontend, List<String>> failures = new TreeMap<>();
        for (Frontend frontend : touched) {
            final Served one = Objects.requireNonNull(served.get(frontend), "only rules in the plan are touched");
            final List<String> refusals = new ArrayList<>();
            failures.put(frontend, refusals);
            for (IpAddress address : one.wanted) {
                if (!one.listeners.containsKey(address)) {
                    openings.add(open(one, address, refusals));
                }
            }
        }
        for (Opening opening : openings) {
            final Throwable failure = await(opening.done());
            if (failure == null) {
                changes++;
            } else {
                opening.owner().listeners.remove(opening.address());
                opening.failures()
                        .add(proxy.host()
                                .refusal(opening.address())
                                .orElseGet(() -> BindFailure.reason(opening.at(), failure)));
            }
        }
        failures.forEach(this::assess);
    }

    private Opening open(Served one, IpAddress address, List<String> failures) {
        final Frontend frontend = one.rule.frontend();
        final InetSocketAddress at = Sockets.address(address, frontend.port());
        try {
            final Listener listener = frontend.protocol() == Protocol.UDP
                    ? new UdpListener(proxy, at, address.family())
                    : new TcpListener(proxy, at, address.family(), one.rule.serving());
            one.listeners.put(address, listener);
            return new Opening(one, failures, address, at, listener.open());
        } catch (ChannelException e) {
            return new Opening(one, failures, address, at, CompletableFuture.failedFuture(e));
        }
    }

    private static @Nullable Throwable await(CompletableFuture<Void> done) {
        try {
            done.join();
            return null;
        } catch (CompletionException e) {
            return e.getCause() == null ? e : e.getCause();
        }
    }

    /** Replaces the problem reported for a rule that was just applied. */
    private void assess(Frontend frontend, List<String> failures) {
        final Served one = Objects.requireNonNull(served.get(frontend), "only rules in the plan are touched");
        if (failures.isEmpty()) {
            incomplete.remove(frontend);
        } else {
            incomplete.add(frontend);
        }
        final RuleProblem problem = problem(one, failures);
        if (problem == null) {
            problems.remove(frontend);
        } else {
            problems.put(frontend, problem);
        }
    }

    private @Nullable RuleProblem problem(Served one, List<String> failures) {
        final Rule rule = one.rule;
        final Optional<RuleProblem> unsupported = RuleNeeds.unsupported(rule);
        if (unsupported.isPresent()) {
            return unsupported.get();
        }
        if (!failures.isEmpty() && one.listeners.isEmpty()) {
            return problem(rule, RuleProblem.Kind.REFUSED, failures.stream());
        }
        final List<String> lost = Stream.concat(failures.stream(), proxy.host().shortcomings(rule).stream())
                .toList();
        return lost.isEmpty() ? null : problem(rule, RuleProblem.Kind.DEGRADED, lost.stream());
    }

    private static RuleProblem problem(Rule rule, RuleProblem.Kind kind, Stream<String> reasons) {
        return new RuleProblem(rule.frontend(), rule.owner(), kind, String.join("; ", reasons.toList()));
    }
}

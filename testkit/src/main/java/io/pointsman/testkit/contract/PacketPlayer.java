package io.pointsman.testkit.contract;

import io.pointsman.model.IpAddress;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.Capabilities;
import io.pointsman.spi.RuleProblem;
import io.pointsman.testkit.FirstPacket;
import io.pointsman.testkit.Outcome.Verdict;
import io.pointsman.testkit.PacketScenario;
import io.pointsman.testkit.PacketScenario.Packet;
import io.pointsman.testkit.PlanOracle;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Plays a packets case with a backend and real packets. */
final class PacketPlayer {
    private static final int PARALLEL_PROBES = 6;

    private static final Set<IpAddress> LOOPBACK = Set.of(IpAddress.parse("127.0.0.1"), IpAddress.parse("::1"));

    private final PacketScenario scenario;
    private final BackendOpener opener;
    private final List<String> failures = new ArrayList<>();
    private final List<String> skipped = new ArrayList<>();

    private final Diagnosis diagnosis;
    private String diagnosed = "";

    /** Describes a node after a failure. */
    interface Diagnosis {
        String of(LabHost node) throws IOException;
    }

    PacketPlayer(PacketScenario scenario, BackendOpener opener, Diagnosis diagnosis) {
        this.scenario = scenario;
        this.opener = opener;
        this.diagnosis = diagnosis;
    }

    /** Returns the description of the node at the first failure. */
    String diagnosis() {
        return diagnosed;
    }

    /** Returns the failures, one line each. */
    List<String> failures() {
        return failures;
    }

    /** Returns the packets that were not sent, with the reason, one line each. */
    List<String> skipped() {
        return skipped;
    }

    void play() throws IOException, BackendException, InterruptedException {
        final List<IpAddress> nodeAddresses = scenario.nodeAddresses().stream()
                .sorted(Comparator.comparing((IpAddress address) -> !isPrimary(address))
                        .thenComparing(address -> address))
                .toList();
        try (StarLab lab = StarLab.open(nodeAddresses)) {
            for (PacketScenario.Step step : scenario.steps()) {
                for (Packet packet : step.packets()) {
                    if (isVip(packet.first().source())) { // only a node that has the VIP can dial from it
                        lab.addToNode(packet.first().source());
                    }
                }
            }
            final Capabilities capabilities = opener.capabilities(lab.node());
            if (!capabilities.has(Capabilities.Feature.OWNS_FOREIGN_VIPS)) {
                addVips(lab);
            }
            BackendOnNode backend = opener.open(lab.node());
            try {
                for (PacketScenario.Step step : scenario.steps()) {
                    if (step.isRestart()) {
                        backend.close();
                        backend = opener.open(lab.node());
                    }
                    lab.stopNodeServers();
                    final ApplyReport report =
                            backend.apply(step.update().plan(), step.update().delta());
                    play(step, report, lab, capabilities);
                    backend.audit().findings().forEach(finding -> failures.add(step.name() + ": audit: " + finding));
                    if (!failures.isEmpty()) {
                        diagnosed = "\n" + diagnosis.of(lab.node());
                        return;
                    }
                }
            } finally {
                backend.close();
            }
        }
    }

    private void addVips(StarLab lab) throws IOException {
        for (PacketScenario.Step step : scenario.steps()) {
            for (Rule rule : step.update().plan().rules().values()) {
                if (!rule.frontend().isNodePort() && isOfLab(rule)) {
                    lab.addToNode(rule.frontend().vip());
                }
            }
        }
    }

    /** Whether a rule is of the lab's only family; a plan may be of both. */
    private boolean isOfLab(Rule rule) {
        return rule.frontend().family() == scenario.family();
    }

    private boolean isPrimary(IpAddress address) {
        return scenario.steps().getFirst().update().plan().node().egress().stream()
                .anyMatch(egress -> egress.source().equals(address));
    }

    /** Whether the address is a VIP at some step. */
    private boolean isVip(IpAddress address) {
        return scenario.steps().stream()
                .flatMap(step -> step.update().plan().rules().keySet().stream())
                .anyMatch(frontend -> !frontend.isNodePort() && frontend.vip().equals(address));
    }

    /** Whether the destination is, at some step, a VIP at any port or a node port. */
    private boolean wasServed(FirstPacket first) {
        return isVip(first.destination())
                || scenario.steps().stream()
                        .anyMatch(step ->
                                new PlanOracle(step.update().plan()).rule(first).isPresent());
    }

    private void play(PacketScenario.Step step, ApplyReport report, StarLab lab, Capabilities capabilities)
            throws IOException, InterruptedException {
        final ForwardingPlan plan = step.update().plan();
        serveEndpoints(plan, lab);
        final PlanOracle oracle = new PlanOracle(plan);
        final List<Runnable> probes = new ArrayList<>();
        final List<String> stepFailures = Collections.synchronizedList(failures);
        for (Packet packet : step.packets()) {
            final String name = (step.name().isEmpty() ? "" : step.name() + " / ") + packet.name();
            final Optional<Rule> rule = oracle.rule(packet.first());
            final Optional<RuleProblem> problem = rule.flatMap(some -> report.problems().stream()
                    .filter(candidate -> candidate.frontend().equals(some.frontend()))
                    .findFirst());
            final Optional<String> whyNot = whyNotSent(packet, problem, capabilities, lab);
            if (whyNot.isPresent()) {
                skipped.add(name + ": " + whyNot.get());
                continue;
            }
            final FirstPacket first = packet.first();
            final Verdict verdict = packet.expected().verdict();
            if (verdict == Verdict.NONE || verdict == Verdict.ACCEPT || !lab.isNode(first.destination())) {
                lab.serveUntranslated(first.protocol(), first.destination(), first.port());
            }
            final LabHost from =
                    isForLoopback(first, lab) ? lab.hostWithoutLoopback(first.source()) : lab.host(first.source());
            final PacketCheck check =
                    new PacketCheck(packet, rule, problem, capabilities, lab::isNode, wasServed(first));
            probes.add(() -> check.run(from).ifPresent(why -> stepFailures.add(name + ": " + first + " " + why)));
        }
        runAll(probes);
    }

    private void serveEndpoints(ForwardingPlan plan, StarLab lab) throws IOException {
        for (Rule rule : plan.rules().values()) {
            if (!isOfLab(rule)) {
                continue;
            }
            for (EndpointPool pool : rule.pools()) {
                for (PoolEndpoint endpoint : pool.endpoints()) {
                    lab.serve(rule.frontend().protocol(), endpoint.address(), endpoint.port());
                }
            }
        }
    }

    private static Optional<String> whyNotSent(
            Packet packet, Optional<RuleProblem> problem, Capabilities capabilities, StarLab lab) {
        final FirstPacket first = packet.first();
        if (!capabilities.protocols().contains(first.protocol())) {
            return Optional.of("the backend does not do " + first.protocol());
        }
        if (isForLoopback(first, lab) && packet.expected().verdict() != Verdict.DROP) {
            return Optional.of("kernels differ in what they accept from other hosts for a loopback address");
        }
        if (first.destination().isLoopback() && capabilities.deviatesIn("loopback")) {
            return Optional.of("the backend answers on no loopback address");
        }
        if (first.destination().isLoopback()
                && !LOOPBACK.contains(first.destination())
                && capabilities.deviatesIn("loopback-network")) {
            return Optional.of("the backend answers on no other loopback address than the first");
        }
        if (first.source().isLoopback() && !first.destination().isLoopback()) {
            return Optional.of("a program that binds to a loopback address can't dial others on every kernel");
        }
        return problem.filter(some -> some.kind() != RuleProblem.Kind.DEGRADED)
                .map(some -> "reported as " + some.kind() + ": " + some.reason());
    }

    private static boolean isForLoopback(FirstPacket first, StarLab lab) {
        return first.destination().isIpv4() && first.destination().isLoopback() && !lab.isNode(first.source());
    }

    private static void runAll(List<Runnable> probes) throws InterruptedException {
        try (ExecutorService executor = Executors.newFixedThreadPool(PARALLEL_PROBES)) {
            for (Future<?> done : probes.stream().map(executor::submit).toList()) {
                done.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a probe could not be made", e.getCause());
        }
    }
}

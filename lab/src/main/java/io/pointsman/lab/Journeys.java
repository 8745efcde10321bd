package io.pointsman.lab;

import io.pointsman.lab.Journey.Stop;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.nat.Explanation;
import io.pointsman.nat.Explanation.Target;
import io.pointsman.nat.Verdict;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.spi.FlowRecord.Tuple;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Derives the path of a connection from the engine's decision, and compares it with captures on the way. */
final class Journeys {
    private static final long CAPTURE_LAG_MILLIS = 3_000;
    private static final long LOOK_MILLIS = 15;

    private final TutorialCluster cluster;
    private final SynTracer tracer;
    private final Oracle oracle;

    Journeys(TutorialCluster cluster, SynTracer tracer, Oracle oracle) {
        this.cluster = cluster;
        this.tracer = tracer;
        this.oracle = oracle;
    }

    /** Prepares for a connection; call it before. */
    void begin() {
        tracer.clear();
    }

    /** Returns the path after a connection. Waits a little, as captures may lag behind. */
    Journey draw(Route route, IpAddress to, int port) throws IOException, ConfigException {
        final long deadline = System.nanoTime() + CAPTURE_LAG_MILLIS * 1_000_000;
        Journey journey = drawNow(route, to, port);
        while (!journey.isConfirmed() && System.nanoTime() - deadline < 0) {
            TutorialCluster.pause(LOOK_MILLIS);
            journey = drawNow(route, to, port);
        }
        return journey;
    }

    private Journey drawNow(Route route, IpAddress to, int port) throws IOException, ConfigException {
        final Optional<Tuple> sent = tracer.seenOn(route.client()).stream()
                .filter(tuple -> tuple.destination().equals(to) && tuple.destinationPort() == port)
                .findFirst();
        if (sent.isEmpty()) {
            return lost("no packet to " + to.withPort(port) + " was captured on " + route.client());
        }
        final List<Stop> stops = new ArrayList<>();
        stops.add(stop(route.client(), "client", Optional.empty(), sent, List.of()));
        Tuple decided = sent.get();
        for (String balancer : route.before()) {
            final Optional<Tuple> passedOn =
                    route.proxied() ? proxied(balancer, route.entries()) : Optional.of(decided);
            if (passedOn.isEmpty()) {
                return lost("no connection from " + balancer + " to a node was captured");
            }
            stops.add(stop(
                    balancer,
                    "load balancer",
                    Optional.of(decided),
                    passedOn,
                    List.of(route.proxied() ? "ends the connection, makes its own" : "passes packets on as they are")));
            decided = passedOn.get();
        }
        final Optional<String> entry = entry(route, decided);
        if (entry.isEmpty()) {
            return lost("none of " + route.entries() + " captured " + decided);
        }
        return atNode(stops, entry.get(), decided);
    }

    private static Journey lost(String why) {
        return new Journey(List.of(), "", List.of(), List.of(why));
    }

    private Optional<Tuple> proxied(String balancer, List<String> nodes) throws IOException {
        final List<IpAddress> addresses = new ArrayList<>();
        for (String node : nodes) {
            for (IpFamily family : IpFamily.values()) {
                addresses.add(cluster.address(node, family));
            }
        }
        return tracer.seenOn(balancer).stream()
                .filter(tuple -> addresses.contains(tuple.destination())
                        && tuple.destinationPort() != ClusterState.HEALTH_CHECK_NODE_PORT)
                .findFirst();
    }

    private Optional<String> entry(Route route, Tuple decided) throws IOException {
        for (String node : route.entries()) {
            final boolean isDialled = !route.proxied()
                    || cluster.address(node, decided.destination().family()).equals(decided.destination());
            if (isDialled && (route.entries().size() == 1 || tracer.seenOn(node).contains(decided))) {
                return Optional.of(node);
            }
        }
        return Optional.empty();
    }

    private Journey atNode(List<Stop> stops, String node, Tuple arriving) throws IOException, ConfigException {
        final Explanation explanation = oracle.explain(cluster.settings(node), arriving);
        if (explanation.verdict() != Verdict.FORWARD || explanation.targets().isEmpty()) {
            stops.add(stop(
                    node,
                    "node",
                    Optional.of(arriving),
                    Optional.empty(),
                    List.of(explanation.verdict().name().toLowerCase(Locale.ROOT) + ": "
                            + explanation.reason().words())));
            return check(stops, explanation);
        }
        final Target target = chosen(explanation.targets(), node);
        final PoolEndpoint endpoint = target.endpoint();
        final Optional<Tuple> leaving = Optional.of(new Tuple(
                arriving.protocol(), target.source(), arriving.sourcePort(), endpoint.address(), endpoint.port()));
        stops.add(stop(
                node,
                "node",
                Optional.of(arriving),
                leaving,
                List.of(
                        "DNAT " + arriving.destination().withPort(arriving.destinationPort()) + " → "
                                + endpoint.address().withPort(endpoint.port()),
                        source(target, arriving))));
        final Optional<Pod> pod = podAt(endpoint.address());
        if (pod.isPresent()) {
            if (!pod.get().node().equals(node)) {
                stops.add(stop(pod.get().node(), "node", leaving, leaving, List.of("routes it to its pod")));
            }
            stops.add(stop(pod.get().name(), "pod", leaving, Optional.empty(), List.of()));
        }
        return check(stops, explanation);
    }

    /** Returns the target that the capture saw, of several that explain names. */
    private Target chosen(List<Target> targets, String node) throws IOException {
        final List<Tuple> seen = tracer.seenOn(node);
        return targets.stream()
                .filter(target -> seen.stream()
                        .anyMatch(tuple -> tuple.destination()
                                        .equals(target.endpoint().address())
                                && tuple.destinationPort() == target.endpoint().port()))
                .findFirst()
                .orElse(targets.getFirst());
    }

    private static String source(Target target, Tuple arriving) {
        return switch (target.change()) {
            case KEPT -> "source kept";
            case MASQUERADE -> "SNAT " + arriving.source() + " → " + target.source();
            case HAIRPIN -> "SNAT " + arriving.source() + " → " + target.source() + " (hairpin)";
            case NO_ADDRESS -> "no source address";
        };
    }

    private Optional<Pod> podAt(IpAddress address) {
        return cluster.state().pods().stream()
                .filter(pod -> pod.address(address.family()).equals(address))
                .findFirst();
    }

    private static Stop stop(
            String host, String role, Optional<Tuple> arriving, Optional<Tuple> leaving, List<String> actions) {
        return new Stop(host, role, arriving, leaving, actions, false);
    }

    private Journey check(List<Stop> stops, Explanation explanation) throws IOException {
        final Confirmation confirmation = new Confirmation(tracer, stops, explanation);
        return new Journey(
                confirmation.stops(),
                explanation.outcome(),
                explanation.steps().stream()
                        .map(step ->
                                step.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ') + ": " + step.words())
                        .toList(),
                confirmation.differences());
    }
}

package io.pointsman.plan.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Endpoint;
import io.pointsman.model.Endpoint.Condition;
import io.pointsman.model.EndpointPort;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TrackedEndpointTest {
    private static final ObjectName WEB = new ObjectName("ns", "web");

    private static EndpointSlice slice(String name, Endpoint... endpoints) {
        return EndpointSlice.builder(new ObjectName("ns", name), WEB, IpFamily.IPV4)
                .endpoints(List.of(endpoints))
                .ports(List.of(new EndpointPort("http", Protocol.TCP, 80)))
                .build();
    }

    private static Endpoint endpoint(boolean terminating, String node) {
        return Endpoint.of(
                        IpAddress.parse("10.0.0.1"),
                        Condition.SERVING,
                        terminating ? Condition.TERMINATING : Condition.READY)
                .onNode(node);
    }

    private static TrackedEndpoint only(EndpointSlice... slices) {
        final var byPort = TrackedEndpoint.byPort(List.of(slices), IpFamily.IPV4, "here");
        final List<TrackedEndpoint> endpoints =
                byPort.getOrDefault(new ServicePortName(WEB, "http", Protocol.TCP), List.of());
        assertThat(endpoints).hasSize(1);
        return endpoints.getFirst();
    }

    @Test
    void shouldKeepTheRunningOneWhenTwoSlicesShareAnAddressWhicheverComesFirst() {
        final EndpointSlice running = slice("a", endpoint(false, "there"));
        final EndpointSlice leaving = slice("b", endpoint(true, "there"));

        assertThat(only(running, leaving).isTerminating()).isFalse();
        assertThat(only(leaving, running).isTerminating()).isFalse();
    }

    /** Returns entries from best to worst. */
    private static List<Endpoint> byRank() {
        return List.of(
                inZone("z1", Condition.READY, Condition.SERVING),
                inZone("z2", Condition.READY, Condition.SERVING, Condition.TERMINATING),
                inZone("z3", Condition.SERVING),
                inZone("z4"),
                inZone("z5", Condition.SERVING, Condition.TERMINATING),
                inZone("z6", Condition.TERMINATING));
    }

    /** Creates an entry on a node and in a zone of its own, which identify it. */
    private static Endpoint inZone(String zone, Condition... conditions) {
        return Endpoint.of(IpAddress.parse("10.0.0.1"), conditions)
                .onNode(zone.equals("z1") ? "here" : "there")
                .hintedFor(Set.of(zone), Set.of(zone));
    }

    @Test
    void shouldTakeAllOfTheEntryWithTheBetterConditionsWhateverTheSlicesNamesAndOrder() {
        final List<Endpoint> ranked = byRank();
        for (int better = 0; better < ranked.size(); better++) {
            for (int worse = better + 1; worse < ranked.size(); worse++) {
                final EndpointSlice first = slice("a", ranked.get(better));
                final EndpointSlice second = slice("b", ranked.get(worse));
                final TrackedEndpoint expected = only(first);

                assertThat(only(first, second)).isEqualTo(expected);
                assertThat(only(second, first)).isEqualTo(expected);
            }
        }
    }

    /**
     * Takes four of the possible entries, with a fixed seed, in every order and thus under every slice name: all give the
     * same winner, and none of the four has better conditions.
     */
    @Test
    void shouldComeToTheSameEndpointInEveryPermutationOfSlices() {
        final List<Endpoint> entries = entries();
        final Random random = new Random(20);
        for (int round = 0; round < 300; round++) {
            final List<Endpoint> some = Stream.generate(() -> entries.get(random.nextInt(entries.size())))
                    .limit(4)
                    .toList();
            final Set<TrackedEndpoint> winners = new HashSet<>();
            for (List<Endpoint> order : permutations(some)) {
                winners.add(only(named(order)));
            }
            assertThat(winners).as("%s", some).hasSize(1);
            final TrackedEndpoint winner = winners.iterator().next();
            for (Endpoint other : some) {
                assertThat(rank(winner)).as("%s", some).isLessThanOrEqualTo(rank(only(slice("a", other))));
            }
            assertThat(some).as("all that one entry says").anyMatch(entry -> only(slice("a", entry))
                    .equals(winner));
        }
    }

    /** Returns entries with six combinations of conditions, on two nodes, with and without hints. */
    private static List<Endpoint> entries() {
        return byRank().stream()
                .flatMap(entry -> Stream.of("here", "there").map(entry::onNode))
                .flatMap(entry -> Stream.of(Set.<String>of(), Set.of("z1"), Set.of("z1", "z2"))
                        .map(zones -> entry.hintedFor(zones, Set.of())))
                .toList();
    }

    private static int rank(TrackedEndpoint endpoint) {
        return byRank().stream().map(Endpoint::conditions).toList().indexOf(endpoint.conditions());
    }

    private static EndpointSlice[] named(List<Endpoint> inOrder) {
        return IntStream.range(0, inOrder.size())
                .mapToObj(at -> slice("web-" + at, inOrder.get(at)))
                .toArray(EndpointSlice[]::new);
    }

    private static <T> List<List<T>> permutations(List<T> items) {
        if (items.isEmpty()) {
            return List.of(List.of());
        }
        final List<List<T>> all = new ArrayList<>();
        for (int first = 0; first < items.size(); first++) {
            final List<T> others = new ArrayList<>(items);
            final T head = others.remove(first);
            for (List<T> tail : permutations(others)) {
                final List<T> one = new ArrayList<>(List.of(head));
                one.addAll(tail);
                all.add(one);
            }
        }
        return all;
    }

    @Test
    void shouldNotBeLocalWhenOnlyTheWorseEntryIs() {
        final EndpointSlice ready = slice("a", inZone("z9", Condition.READY, Condition.SERVING));
        final EndpointSlice leavingHere = slice("b", endpoint(true, "here"));

        assertThat(only(ready, leavingHere).local()).isFalse();
        assertThat(only(leavingHere, ready).local()).isFalse();
    }

    @Test
    void shouldBeLocalWhenEitherSliceSaysSo() {
        final EndpointSlice here = slice("a", endpoint(false, "here"));
        final EndpointSlice there = slice("b", endpoint(false, "there"));

        assertThat(only(here, there).local()).isTrue();
        assertThat(only(there, here).local()).isTrue();
    }

    @Test
    void shouldKnowNoLocalEndpointWhenTheNodeHasNoName() {
        final var byPort = TrackedEndpoint.byPort(List.of(slice("a", endpoint(false, ""))), IpFamily.IPV4, "");

        assertThat(byPort.values()).flatExtracting(list -> list).noneMatch(TrackedEndpoint::local);
    }
}

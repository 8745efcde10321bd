package io.pointsman.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TrackedEndpointTest {
    private static final ObjectName WEB = new ObjectName("ns", "web");

    private static EndpointSlice slice(String name, Endpoint... endpoints) {
        return new EndpointSlice(
                new ObjectName("ns", name),
                WEB,
                IpFamily.IPV4,
                List.of(endpoints),
                List.of(new EndpointPort("http", Protocol.TCP, 80)),
                false,
                Optional.empty());
    }

    private static Endpoint endpoint(boolean terminating, String node) {
        return new Endpoint(
                IpAddress.parse("10.0.0.1"), !terminating, true, terminating, Optional.of(node), Set.of(), Set.of());
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

        assertThat(only(running, leaving).terminating()).isFalse();
        assertThat(only(leaving, running).terminating()).isFalse();
    }

    /** From best to worst. */
    private static List<Endpoint> byRank() {
        return List.of(
                conditions(true, true, false, "z1"),
                conditions(true, true, true, "z2"),
                conditions(false, true, false, "z3"),
                conditions(false, false, false, "z4"),
                conditions(false, true, true, "z5"),
                conditions(false, false, true, "z6"));
    }

    /** One on a node and in a zone of its own, to be known by. */
    private static Endpoint conditions(boolean ready, boolean serving, boolean terminating, String zone) {
        return new Endpoint(
                IpAddress.parse("10.0.0.1"),
                ready,
                serving,
                terminating,
                Optional.of(zone.equals("z1") ? "here" : "there"),
                Set.of(zone),
                Set.of(zone));
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

    @Test
    void shouldNotBeLocalWhenOnlyTheWorseEntryIs() {
        final EndpointSlice ready = slice("a", conditions(true, true, false, "z9"));
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

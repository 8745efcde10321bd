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

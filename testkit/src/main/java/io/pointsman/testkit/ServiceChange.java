package io.pointsman.testkit;

import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.plan.tracking.TrackedPort;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Change of one Service and its slices since the last resolve, merged from all events.
 *
 * @param slicesBefore in order of name; empty for none
 * @param slicesAfter in order of name; empty for none
 */
record ServiceChange(
        ObjectName name,
        Optional<Service> before,
        Optional<Service> after,
        List<EndpointSlice> slicesBefore,
        List<EndpointSlice> slicesAfter) {
    public ServiceChange {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(before, "before");
        Objects.requireNonNull(after, "after");
        slicesBefore = List.copyOf(slicesBefore);
        slicesAfter = List.copyOf(slicesAfter);
    }

    /** Whether the service ports of one family differ. */
    public boolean portsChanged(IpFamily family) {
        return !ports(before, family).equals(ports(after, family));
    }

    /** Whether a slice of this family was added, removed or changed; order counts. */
    public boolean endpointsChanged(IpFamily family) {
        return !ofFamily(slicesBefore, family).equals(ofFamily(slicesAfter, family));
    }

    /**
     * Whether flows of a UDP port may now go to a removed endpoint: the endpoints changed, and some port with endpoints,
     * before or after, is UDP.
     */
    public boolean mayLeaveStaleUdpFlows(IpFamily family) {
        return endpointsChanged(family)
                && (hasUdpEndpoints(slicesBefore, family) || hasUdpEndpoints(slicesAfter, family));
    }

    private static List<TrackedPort> ports(Optional<Service> service, IpFamily family) {
        return service.map(some -> TrackedPort.of(some, family)).orElse(List.of());
    }

    private static List<EndpointSlice> ofFamily(List<EndpointSlice> slices, IpFamily family) {
        return slices.stream().filter(slice -> slice.family() == family).toList();
    }

    private static boolean hasUdpEndpoints(List<EndpointSlice> slices, IpFamily family) {
        return slices.stream()
                .anyMatch(slice -> slice.family() == family
                        && !slice.endpoints().isEmpty()
                        && slice.ports().stream().anyMatch(port -> port.protocol() == Protocol.UDP));
    }
}

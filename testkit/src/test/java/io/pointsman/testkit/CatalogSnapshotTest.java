package io.pointsman.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.ClusterObject;
import io.pointsman.model.Endpoint;
import io.pointsman.model.EndpointPort;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServiceCatalog;
import io.pointsman.model.ServicePort;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CatalogSnapshotTest {
    private static final ObjectName WEB = new ObjectName("ns", "web");

    private final ServiceCatalog catalog = new ServiceCatalog();
    private CatalogSnapshot before = CatalogSnapshot.EMPTY;

    private static Service.Builder service(String clusterIp) {
        return Service.builder(WEB)
                .clusterIps(List.of(IpAddress.parse(clusterIp)))
                .ports(List.of(new ServicePort("", Protocol.UDP, 53, 0)));
    }

    private static EndpointSlice slice(Protocol protocol) {
        return EndpointSlice.builder(new ObjectName("ns", "slice"), WEB, IpFamily.IPV4)
                .endpoints(List.of(Endpoint.ready(IpAddress.parse("10.1.0.1"))))
                .ports(List.of(new EndpointPort("", protocol, 53)))
                .build();
    }

    private void put(ClusterObject object) {
        catalog.apply(List.of(new ObjectChange.Put(object)));
    }

    private void take() {
        catalog.takePendingServices();
        before = CatalogSnapshot.of(catalog);
    }

    private ServiceChange onlyChange() {
        final List<ServiceChange> changes = before.changes(catalog);
        assertThat(changes).hasSize(1);
        return changes.getFirst();
    }

    @Test
    void shouldTellWhatAServiceWasAndIs() {
        put(service("10.0.0.1").build());
        take();
        put(service("10.0.0.2").build());
        put(service("10.0.0.3").build());

        assertThat(onlyChange().before()).contains(service("10.0.0.1").build());
        assertThat(onlyChange().after()).contains(service("10.0.0.3").build());
        assertThat(onlyChange().portsChanged(IpFamily.IPV4)).isTrue();
    }

    @Test
    void shouldNotCountAnAnnotationAsChangeOfPorts() {
        put(service("10.0.0.1").build());
        take();
        put(service("10.0.0.1").annotations(Map.of("note", "new")).build());

        assertThat(onlyChange().portsChanged(IpFamily.IPV4)).isFalse();
    }

    @Test
    void shouldTellStaleUdpFlowsFromOthers() {
        put(slice(Protocol.UDP));
        assertThat(onlyChange().mayLeaveStaleUdpFlows(IpFamily.IPV4)).isTrue();
        assertThat(onlyChange().mayLeaveStaleUdpFlows(IpFamily.IPV6)).isFalse();
        take();

        catalog.apply(List.of(new ObjectChange.Delete(
                ClusterObject.Kind.ENDPOINT_SLICE, slice(Protocol.UDP).name())));
        assertThat(onlyChange().mayLeaveStaleUdpFlows(IpFamily.IPV4)).isTrue();
        take();

        put(slice(Protocol.TCP));
        assertThat(onlyChange().endpointsChanged(IpFamily.IPV4)).isTrue();
        assertThat(onlyChange().mayLeaveStaleUdpFlows(IpFamily.IPV4)).isFalse();
    }
}

package io.pointsman.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServiceCatalogTest {
    private static final ObjectName WEB = new ObjectName("ns", "web");
    private static final ObjectName API = new ObjectName("ns", "api");

    private final ServiceCatalog catalog = new ServiceCatalog();

    private static Service service(String clusterIp) {
        return Service.builder(WEB)
                .clusterIps(List.of(IpAddress.parse(clusterIp)))
                .ports(List.of(new ServicePort("", Protocol.UDP, 53, 0)))
                .build();
    }

    private static EndpointSlice slice(ObjectName service, Protocol protocol, String... addresses) {
        return EndpointSlice.builder(new ObjectName("ns", "slice"), service, IpFamily.IPV4)
                .endpoints(Arrays.stream(addresses)
                        .map(IpAddress::parse)
                        .map(Endpoint::ready)
                        .toList())
                .ports(List.of(new EndpointPort("", protocol, 53)))
                .build();
    }

    private void put(ClusterObject object) {
        catalog.apply(List.of(new ObjectChange.Put(object)));
    }

    private void delete(ClusterObject object) {
        catalog.apply(List.of(new ObjectChange.Delete(object.kind(), object.objectName())));
    }

    @Test
    void shouldHaveNothingPendingWhenWhatCameIsGoneAgain() {
        put(service("10.0.0.1"));
        put(slice(WEB, Protocol.UDP, "10.1.0.1"));
        assertThat(catalog.pendingServices()).containsExactly(WEB);

        delete(service("10.0.0.1"));
        delete(slice(WEB, Protocol.UDP, "10.1.0.1"));

        assertThat(catalog.pendingServices()).isEmpty();
    }

    @Test
    void shouldCompareWithTheLastTakenHoweverOftenAServiceChanged() {
        put(service("10.0.0.1"));
        catalog.takePendingServices();
        put(service("10.0.0.2"));
        put(service("10.0.0.3"));

        assertThat(catalog.pendingServices()).containsExactly(WEB);

        put(service("10.0.0.1"));
        assertThat(catalog.pendingServices()).isEmpty();
    }

    @Test
    void shouldHandOutAChangeOnce() {
        put(service("10.0.0.1"));

        assertThat(catalog.takePendingServices()).containsExactly(WEB);
        assertThat(catalog.takePendingServices()).isEmpty();
    }

    @Test
    void shouldChangeBothServicesWhenASliceMovesFromOneToTheOther() {
        put(slice(WEB, Protocol.UDP, "10.1.0.1"));
        catalog.takePendingServices();

        put(slice(API, Protocol.UDP, "10.1.0.1"));

        assertThat(catalog.pendingServices()).containsExactly(API, WEB);
        assertThat(catalog.slices(WEB)).isEmpty();
        assertThat(catalog.slices(API)).hasSize(1);
    }

    @Test
    void shouldForgetASliceWhenItTurnsHeadless() {
        final EndpointSlice slice = slice(WEB, Protocol.UDP, "10.1.0.1");
        put(slice);
        put(EndpointSlice.builder(slice.name(), WEB, slice.family())
                .endpoints(slice.endpoints())
                .ports(slice.ports())
                .headless(true)
                .build());

        assertThat(catalog.slices(WEB)).isEmpty();
        assertThat(catalog.pendingServices()).isEmpty();
    }
}

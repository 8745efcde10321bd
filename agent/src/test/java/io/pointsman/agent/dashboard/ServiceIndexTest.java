package io.pointsman.agent.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.ClusterObject;
import io.pointsman.model.IpAddress;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServiceCatalog;
import io.pointsman.model.ServicePort;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.HostAddresses;
import io.pointsman.plan.PlanOptions;
import io.pointsman.plan.PlanResolver;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ServiceIndexTest {
    private final ServiceCatalog catalog = new ServiceCatalog();
    private final PlanResolver resolver =
            new PlanResolver(PlanOptions.builder("here").build());

    private static ObjectChange put(String name, String... addresses) {
        return new ObjectChange.Put(Service.builder(new ObjectName("default", name))
                .clusterIps(List.of(IpAddress.parse(addresses[0])))
                .externalIps(
                        Arrays.stream(addresses).skip(1).map(IpAddress::parse).toList())
                .ports(List.of(new ServicePort("", Protocol.TCP, 80, 0)))
                .build());
    }

    private ForwardingPlan plan(ObjectChange... changes) {
        catalog.apply(List.of(changes));
        return resolver.resolve(catalog, HostAddresses.of(Set.of())).plan();
    }

    private static List<String> names(ServiceIndex index) {
        return index.ports().stream().map(port -> port.name().service().name()).toList();
    }

    @Test
    void shouldKeepWhatStayedTheSameInTheNextPlan() {
        final ServiceIndex first = ServiceIndex.EMPTY.next(
                plan(put("b", "10.96.0.2"), put("d", "10.96.0.4"), put("c", "10.96.0.3", "192.0.2.3")));
        assertThat(names(first)).containsExactly("b", "c", "d");
        assertThat(first.ports().get(1).row().addresses()).containsExactly("10.96.0.3:80", "192.0.2.3:80");

        final ServiceIndex next = first.next(plan(
                put("a", "10.96.0.1"),
                put("b", "10.96.0.2", "192.0.2.2"),
                new ObjectChange.Delete(ClusterObject.Kind.SERVICE, new ObjectName("default", "d"))));
        assertThat(names(next)).containsExactly("a", "b", "c");
        assertThat(next.ports().get(1).row().addresses()).containsExactly("10.96.0.2:80", "192.0.2.2:80");
        assertThat(next.ports().get(2)).isSameAs(first.ports().get(1));
    }
}

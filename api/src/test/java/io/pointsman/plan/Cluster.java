package io.pointsman.plan;

import io.pointsman.model.Cidr;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.Endpoint;
import io.pointsman.model.EndpointPort;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Node;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServiceCatalog;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServicePortName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A small cluster to resolve plans of, seen from node {@value #HERE}; its Services have one TCP port, named http. */
final class Cluster {
    static final String HERE = "here";
    static final String ELSEWHERE = "elsewhere";

    final ServiceCatalog catalog = new ServiceCatalog();
    final PlanResolver resolver;

    Cluster(PlanOptions options) {
        resolver = new PlanResolver(options);
        put(node("192.168.0.2", "2001:db8::2"));
    }

    static PlanOptions.Builder options() {
        return PlanOptions.builder(HERE)
                .podDetector(new PodDetector.ByCidr(List.of(Cidr.parse("10.0.0.0/8"), Cidr.parse("fd00:10::/32"))));
    }

    Cluster put(ClusterObject object) {
        catalog.apply(List.of(new ObjectChange.Put(object)));
        return this;
    }

    Cluster delete(ClusterObject object) {
        catalog.apply(List.of(new ObjectChange.Delete(object.kind(), object.objectName())));
        return this;
    }

    PlanUpdate resolve() {
        return resolver.resolve(catalog, Set.of());
    }

    static Node node(String... addresses) {
        return new Node(HERE, ips(addresses), Optional.of("zone-a"), List.of(), false, Set.of());
    }

    static List<IpAddress> ips(String... addresses) {
        return Arrays.stream(addresses).map(IpAddress::parse).toList();
    }

    static ObjectName name(String name) {
        return new ObjectName("ns", name);
    }

    /** Starts a Service on port 80. */
    static Service.Builder service(String name, String... clusterIps) {
        return Service.builder(name(name))
                .clusterIps(ips(clusterIps))
                .ports(List.of(new ServicePort("http", Protocol.TCP, 80, 0)));
    }

    static ServicePortName http(String service) {
        return new ServicePortName(name(service), "http", Protocol.TCP);
    }

    /** Creates a slice of ready endpoints on port 8080, the first one on this node and the others elsewhere. */
    static EndpointSlice slice(String service, String... addresses) {
        final List<Endpoint> endpoints = new ArrayList<>();
        for (IpAddress address : ips(addresses)) {
            endpoints.add(Endpoint.ready(address).onNode(endpoints.isEmpty() ? HERE : ELSEWHERE));
        }
        return slice(service, endpoints);
    }

    static EndpointSlice slice(String service, List<Endpoint> endpoints) {
        final var family = endpoints.getFirst().address().family();
        return EndpointSlice.builder(name(service + "-" + family), name(service), family)
                .endpoints(endpoints)
                .ports(List.of(new EndpointPort("http", Protocol.TCP, 8080)))
                .build();
    }

    static Frontend tcp(String vip, int port) {
        return new Frontend(Protocol.TCP, IpAddress.parse(vip), port);
    }
}

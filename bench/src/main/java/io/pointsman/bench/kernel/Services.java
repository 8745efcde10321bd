package io.pointsman.bench.kernel;

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
import io.pointsman.model.ServicePort;
import java.util.ArrayList;
import java.util.List;

/** Services of type ClusterIP with one TCP port and a slice of endpoints each. */
public final class Services {
    public static final int PORT = 80;
    public static final int TARGET_PORT = 8080;
    public static final IpAddress DATAGRAMS = IpAddress.parse("10.90.0.1");
    private static final int FIRST_VIP = 0x0A60_0001; // 10.96.0.1
    private static final int FIRST_POD = 0x0AF4_0001; // 10.244.0.1

    private Services() {}

    public static IpAddress vip(int service) {
        return IpAddress.ofIpv4(FIRST_VIP + service);
    }

    private static ObjectName name(int service) {
        return new ObjectName("bench", "service-" + service);
    }

    /** Returns all Services, with this number of endpoints each; no two share one. */
    public static List<ObjectChange> all(int services, int endpoints) {
        final List<ObjectChange> changes = new ArrayList<>(2 * services);
        for (int i = 0; i < services; i++) {
            changes.add(service(i));
            changes.add(slice(i, pods(i, endpoints)));
        }
        return changes;
    }

    /** Returns all Services, each with the same endpoints. */
    public static List<ObjectChange> allBehind(int services, List<IpAddress> endpoints) {
        final List<ObjectChange> changes = new ArrayList<>(2 * services);
        for (int i = 0; i < services; i++) {
            changes.add(service(i));
            changes.add(slice(i, endpoints));
        }
        return changes;
    }

    /** Returns an additional UDP Service with the cluster IP {@link #DATAGRAMS}. */
    public static List<ObjectChange> ofDatagrams(IpAddress endpoint) {
        final ObjectName name = new ObjectName("bench", "datagrams");
        return List.of(
                new ObjectChange.Put(Service.builder(name)
                        .clusterIps(List.of(DATAGRAMS))
                        .ports(List.of(new ServicePort("", Protocol.UDP, PORT, 0)))
                        .build()),
                new ObjectChange.Put(EndpointSlice.builder(name, name, IpFamily.IPV4)
                        .endpoints(List.of(Endpoint.ready(endpoint)))
                        .ports(List.of(new EndpointPort("", Protocol.UDP, TARGET_PORT)))
                        .build()));
    }

    /** Replaces one endpoint of a service by the one with this number. */
    public static List<ObjectChange> replaceEndpoint(int service, int endpoints, int number) {
        final List<IpAddress> now = pods(service, endpoints);
        now.set(0, IpAddress.ofIpv4(FIRST_POD + 0x0008_0000 + number));
        return List.of(slice(service, now));
    }

    /** Returns a service of {@link #all}, with its slice. */
    public static List<ObjectChange> one(int service, int endpoints) {
        return List.of(service(service), slice(service, pods(service, endpoints)));
    }

    /** Deletes a service and its slice. */
    public static List<ObjectChange> none(int service) {
        return List.of(
                new ObjectChange.Delete(ClusterObject.Kind.SERVICE, name(service)),
                new ObjectChange.Delete(ClusterObject.Kind.ENDPOINT_SLICE, name(service)));
    }

    private static List<IpAddress> pods(int service, int endpoints) {
        final List<IpAddress> pods = new ArrayList<>(endpoints);
        for (int i = 0; i < endpoints; i++) {
            pods.add(IpAddress.ofIpv4(FIRST_POD + service * endpoints + i));
        }
        return pods;
    }

    private static ObjectChange service(int service) {
        return new ObjectChange.Put(Service.builder(name(service))
                .clusterIps(List.of(vip(service)))
                .ports(List.of(new ServicePort("", Protocol.TCP, PORT, 0)))
                .build());
    }

    private static ObjectChange slice(int service, List<IpAddress> endpoints) {
        return new ObjectChange.Put(EndpointSlice.builder(name(service), name(service), IpFamily.IPV4)
                .endpoints(endpoints.stream().map(Endpoint::ready).toList())
                .ports(List.of(new EndpointPort("", Protocol.TCP, TARGET_PORT)))
                .build());
    }
}

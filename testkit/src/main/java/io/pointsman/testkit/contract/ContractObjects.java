package io.pointsman.testkit.contract;

import io.pointsman.model.Cidr;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.Endpoint;
import io.pointsman.model.EndpointPort;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.LoadBalancerIngress;
import io.pointsman.model.Node;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServiceCatalog;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServiceType;
import io.pointsman.model.TrafficPolicy;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.PlanOptions;
import io.pointsman.plan.PlanResolver;
import io.pointsman.plan.PlanUpdate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A node, a Service with a TCP and a UDP port, numbered pods, and other Services: as objects, and resolved to plans. One
 * family. Not thread-safe.
 */
final class ContractObjects {
    static final int PORT = 80;
    static final int NODE_PORT = 30080;
    static final int TARGET_PORT = 8080;

    private static final String NODE = "node";
    private static final ObjectName SERVICE = new ObjectName("contract", "echo");

    private final IpFamily family;
    private final ModeSemantics semantics;
    private final ServiceCatalog catalog = new ServiceCatalog();
    private PlanResolver resolver;

    ContractObjects(IpFamily family, ModeSemantics semantics) {
        this.family = family;
        this.semantics = semantics;
        this.resolver = newResolver();
        put(new Node(NODE, List.of(nodeAddress()), Optional.empty(), List.of(), false, Set.of()));
    }

    private PlanResolver newResolver() {
        return new PlanResolver(PlanOptions.builder(NODE)
                .families(Set.of(family))
                .mode(semantics)
                .podRanges(List.of(Cidr.parse(family == IpFamily.IPV4 ? "10.180.0.0/16" : "fd00:10:180::/48")))
                .build());
    }

    private void put(ClusterObject object) {
        catalog.apply(List.of(new ObjectChange.Put(object)));
    }

    IpFamily family() {
        return family;
    }

    IpAddress nodeAddress() {
        return IpAddress.parse(family == IpFamily.IPV4 ? "192.168.0.2" : "2001:db8::2");
    }

    IpAddress clientAddress() {
        return IpAddress.parse(family == IpFamily.IPV4 ? "203.0.113.2" : "2600:5200::2");
    }

    /** Returns another address of the client, 1 to 200. */
    IpAddress otherClientAddress(int number) {
        return IpAddress.parse((family == IpFamily.IPV4 ? "198.51.100." : "2600:5200:1::") + number);
    }

    IpAddress vip() {
        return IpAddress.parse(family == IpFamily.IPV4 ? "10.96.0.10" : "fd00:10:96::10");
    }

    /** Returns the VIP of one of the other Services, 1 to 200. */
    IpAddress otherVip(int number) {
        return IpAddress.parse((family == IpFamily.IPV4 ? "10.96.1." : "fd00:10:96:1::") + number);
    }

    /** Returns the address of a load balancer. */
    IpAddress balancedVip() {
        return otherVip(201);
    }

    IpAddress podAddress(int number) {
        return IpAddress.parse((family == IpFamily.IPV4 ? "10.180.0." : "fd00:10:180::") + number);
    }

    /** Returns the node's address on the pods' bridge. */
    IpAddress bridgeAddress() {
        return IpAddress.parse(family == IpFamily.IPV4 ? "10.180.0.254" : "fd00:10:180::fe");
    }

    int bridgePrefixLength() {
        return family == IpFamily.IPV4 ? 24 : 64;
    }

    void declare(Optional<Duration> affinity) {
        final Service.Builder service = declared();
        affinity.ifPresent(service::clientIpAffinity);
        put(service.build());
    }

    /** Gives the Service a load balancer's address, restricted to these sources. */
    void declareBalanced(Cidr sources) {
        put(declared()
                .type(ServiceType.LOAD_BALANCER)
                .ingress(List.of(new LoadBalancerIngress(balancedVip(), LoadBalancerIngress.Mode.VIP)))
                .sourceRanges(List.of(sources))
                .build());
    }

    /** Gives the Service external policy Local: external clients are served by endpoints of the node only. */
    void declareLocal() {
        put(declared().externalPolicy(TrafficPolicy.LOCAL).build());
    }

    private Service.Builder declared() {
        return Service.builder(SERVICE)
                .type(ServiceType.NODE_PORT)
                .clusterIps(List.of(vip()))
                .ports(List.of(
                        new ServicePort("tcp", Protocol.TCP, PORT, NODE_PORT),
                        new ServicePort("udp", Protocol.UDP, PORT, NODE_PORT)));
    }

    /** Deletes the Service; its slice stays, as it may for a while. */
    void delete() {
        catalog.apply(List.of(new ObjectChange.Delete(ClusterObject.Kind.SERVICE, SERVICE)));
    }

    /** Sets the endpoints. Draining pods finish existing connections and take no new ones. */
    void setEndpoints(List<Integer> ready, List<Integer> draining) {
        final List<Endpoint> endpoints = new ArrayList<>();
        for (int number : ready) {
            endpoints.add(Endpoint.ready(podAddress(number)).onNode(NODE));
        }
        for (int number : draining) {
            endpoints.add(Endpoint.of(podAddress(number), Endpoint.Condition.SERVING, Endpoint.Condition.TERMINATING)
                    .onNode(NODE));
        }
        putSlice(SERVICE, endpoints, "tcp");
    }

    /** Makes this pod, on another node, the Service's only endpoint. */
    void setEndpointElsewhere(int pod) {
        putSlice(SERVICE, List.of(Endpoint.ready(podAddress(pod)).onNode("elsewhere")), "tcp");
    }

    private void putSlice(ObjectName service, List<Endpoint> endpoints, String tcpPort) {
        put(EndpointSlice.builder(new ObjectName(service.namespace(), service.name() + "-1"), service, family)
                .endpoints(endpoints)
                .ports(List.of(
                        new EndpointPort(tcpPort, Protocol.TCP, TARGET_PORT),
                        new EndpointPort("udp", Protocol.UDP, TARGET_PORT)))
                .build());
    }

    /** Creates another Service with a TCP port and one ready pod. */
    void putOther(int number, ObjectName name, String portName, Map<String, String> annotations, int pod) {
        put(Service.builder(name)
                .clusterIps(List.of(otherVip(number)))
                .ports(List.of(new ServicePort(portName, Protocol.TCP, PORT, 0)))
                .annotations(annotations)
                .build());
        putSlice(name, List.of(Endpoint.ready(podAddress(pod)).onNode(NODE)), portName);
    }

    void removeOther(ObjectName name) {
        catalog.apply(List.of(
                new ObjectChange.Delete(ClusterObject.Kind.SERVICE, name),
                new ObjectChange.Delete(
                        ClusterObject.Kind.ENDPOINT_SLICE, new ObjectName(name.namespace(), name.name() + "-1"))));
    }

    /** Resolves the changes since the last time. */
    PlanUpdate resolve() {
        return resolver.resolve(catalog, Set.of(nodeAddress()));
    }

    /** Makes the next plan start from nothing, as after a restart of the agent. */
    void startAnew() {
        resolver = newResolver();
    }
}

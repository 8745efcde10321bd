package io.pointsman.spi.userspace;

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
import io.pointsman.plan.PlanOptions;
import io.pointsman.plan.PlanResolver;
import io.pointsman.plan.PlanUpdate;
import io.pointsman.plan.PodDetector;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.BackendProvider;
import io.pointsman.testkit.contract.BackendOnNode;
import io.pointsman.testkit.lab.LabCluster;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Cluster of the tutorial in one family, with this backend on each of its nodes, and a Service with a TCP and a UDP port.
 */
final class Cluster implements AutoCloseable {
    static final String APP_NODE = "kubernetes-node-6jst";
    static final String BUSYBOX_NODE = "kubernetes-node-cx31";
    static final String EMPTY_NODE = "kubernetes-node-jj1t";
    static final int PORT = 80;
    static final int NODE_PORT = 30_080;

    private static final int TARGET_PORT = 8080;

    private final IpFamily family;
    private final Path folder;
    private final LabCluster lab;
    private final BackendProvider provider;
    private final List<ObjectChange> objects = new ArrayList<>(); // all objects that were put, in order
    private final Map<String, ServiceCatalog> catalogs = new HashMap<>();
    private final Map<String, PlanResolver> resolvers = new HashMap<>();
    private final Map<String, BackendOnNode> backends = new HashMap<>();

    private boolean detectsPodsByBridge;

    private Cluster(IpFamily family, Path folder, LabCluster lab, BackendProvider provider) {
        this.provider = provider;
        this.family = family;
        this.folder = folder;
        this.lab = lab;
    }

    static Cluster open(IpFamily family, Path folder) throws IOException {
        return open(family, folder, new UserspaceProvider());
    }

    static Cluster open(IpFamily family, Path folder, BackendProvider provider) throws IOException {
        return new Cluster(family, folder, LabCluster.tutorial(), provider).withApp();
    }

    private Cluster withApp() throws IOException {
        lab.addPod("neighbour", APP_NODE, "10.180.1.5", "fd00:10:180:1::5");
        serve("source-ip-app");
        for (LabHost node : lab.nodes()) {
            objects.add(new ObjectChange.Put(new Node(
                    node.name(),
                    List.of(LabCluster.addressOf(node, family)),
                    Optional.empty(),
                    List.of(),
                    false,
                    Set.of())));
        }
        return this;
    }

    private void serve(String pod) throws IOException {
        for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
            lab.host(pod).serveEcho(protocol, of(pod), TARGET_PORT);
        }
    }

    /** Starts a second pod on the app's node, which serves as the app does; it is no endpoint yet. */
    Cluster withSecondApp() throws IOException {
        lab.addPod("source-ip-app-2", APP_NODE, "10.180.1.137", "fd00:10:180:1::137");
        serve("source-ip-app-2");
        return this;
    }

    /** Detects pods by the bridge through which their packets come. */
    Cluster detectingPodsByBridge() {
        detectsPodsByBridge = true;
        return this;
    }

    /** Starts the backend on every node. */
    Cluster start() throws BackendException {
        for (LabHost node : lab.nodes()) {
            start(node.name());
        }
        return this;
    }

    void start(String node) throws BackendException {
        final ServiceCatalog catalog = new ServiceCatalog();
        catalog.apply(objects);
        catalogs.put(node, catalog);
        forget(node);
        backends.put(
                node,
                BackendOnNode.open(
                        lab.node(node),
                        provider,
                        new BackendConfig(folder.resolve(node), Map.of("event-loops", "1", "close-timeout", "0s"))));
    }

    /** Makes the next plan for this node a whole one, as for a new resolver. */
    void forget(String node) {
        resolvers.put(
                node,
                new PlanResolver(PlanOptions.builder(node)
                        .families(Set.of(family))
                        .mode(provider.semantics())
                        .podDetector(podDetector())
                        .build()));
    }

    void stop(String node) {
        backend(node).close();
        backends.remove(node);
        catalogs.remove(node);
    }

    BackendOnNode backend(String node) {
        return Objects.requireNonNull(backends.get(node), () -> "no backend on " + node);
    }

    LabCluster lab() {
        return lab;
    }

    LabHost host(String name) {
        return lab.host(name);
    }

    private PodDetector podDetector() {
        return detectsPodsByBridge
                ? new PodDetector.ByInterface(LabCluster.POD_BRIDGE, false)
                : new PodDetector.ByCidr(List.of(
                        Cidr.parse(pick("10.180.0.0/16", "fd00:10:180::/48")),
                        Cidr.parse(pick("10.244.0.0/16", "fd00:10:244::/48"))));
    }

    private String pick(String ipv4, String ipv6) {
        return family == IpFamily.IPV4 ? ipv4 : ipv6;
    }

    IpAddress address(String ipv4, String ipv6) {
        return IpAddress.parse(pick(ipv4, ipv6));
    }

    IpAddress app() {
        return address("10.180.1.136", "fd00:10:180:1::136");
    }

    IpAddress clusterIp() {
        return address("10.0.170.92", "fd00:10:96::92");
    }

    IpAddress balancerIp() {
        return address("203.0.113.140", "2001:db8:113::140");
    }

    IpAddress nodeAddress(String node) throws IOException {
        return LabCluster.addressOf(lab.node(node), family);
    }

    /** Returns the source that the app sees of connections that this node masquerades. */
    IpAddress egress(String node) throws IOException {
        return node.equals(APP_NODE) ? address("10.180.1.1", "fd00:10:180:1::1") : nodeAddress(node);
    }

    IpAddress of(String host) throws IOException {
        return LabCluster.addressOf(lab.host(host), family);
    }

    /** Declares the Service with all kinds of addresses, and the app as its endpoint; takes effect with {@link #apply}. */
    Cluster expose(TrafficPolicy externalPolicy, Cidr... sourceRanges) {
        return expose(List.of(balancerIp()), externalPolicy, sourceRanges);
    }

    /** Declares the Service with these load balancer addresses. */
    Cluster expose(List<IpAddress> balancerIps, TrafficPolicy externalPolicy, Cidr... sourceRanges) {
        final ObjectName name = new ObjectName("default", "source-ip-app");
        change(List.of(
                new ObjectChange.Put(Service.builder(name)
                        .type(ServiceType.LOAD_BALANCER)
                        .clusterIps(List.of(clusterIp()))
                        .ingress(balancerIps.stream()
                                .map(ip -> new LoadBalancerIngress(ip, LoadBalancerIngress.Mode.VIP))
                                .toList())
                        .externalPolicy(externalPolicy)
                        .sourceRanges(List.of(sourceRanges))
                        .ports(List.of(
                                new ServicePort("tcp", Protocol.TCP, PORT, NODE_PORT),
                                new ServicePort("udp", Protocol.UDP, PORT, NODE_PORT)))
                        .build()),
                slice(Endpoint.ready(app()))));
        return this;
    }

    /** Replaces the endpoints of the Service. */
    Cluster endpoints(Endpoint... endpoints) {
        change(List.of(slice(endpoints)));
        return this;
    }

    private ObjectChange slice(Endpoint... endpoints) {
        final ObjectName service = new ObjectName("default", "source-ip-app");
        return new ObjectChange.Put(EndpointSlice.builder(new ObjectName("default", "source-ip-app-1"), service, family)
                .endpoints(Arrays.stream(endpoints)
                        .map(one -> one.onNode(APP_NODE))
                        .toList())
                .ports(List.of(
                        new EndpointPort("tcp", Protocol.TCP, TARGET_PORT),
                        new EndpointPort("udp", Protocol.UDP, TARGET_PORT)))
                .build());
    }

    /** Declares objects. */
    Cluster put(ClusterObject... declared) {
        change(Arrays.stream(declared).<ObjectChange>map(ObjectChange.Put::new).toList());
        return this;
    }

    private void change(List<ObjectChange> changes) {
        objects.addAll(changes);
        catalogs.values().forEach(catalog -> catalog.apply(changes));
    }

    /** Deletes the Service. */
    Cluster hide() {
        final ObjectName name = new ObjectName("default", "source-ip-app");
        change(List.of(new ObjectChange.Delete(ClusterObject.Kind.SERVICE, name)));
        return this;
    }

    void apply() throws IOException, BackendException {
        for (String node : backends.keySet()) {
            apply(node);
        }
    }

    ApplyReport apply(String node) throws IOException, BackendException {
        final Set<IpAddress> addresses = Set.of(nodeAddress(node), address(bridge(node, false), bridge(node, true)));
        final PlanUpdate update = Objects.requireNonNull(resolvers.get(node))
                .resolve(Objects.requireNonNull(catalogs.get(node)), addresses);
        return backend(node).apply(update.plan(), update.delta());
    }

    private static String bridge(String node, boolean ipv6) {
        return switch (node) {
            case APP_NODE -> ipv6 ? "fd00:10:180:1::1" : "10.180.1.1";
            case BUSYBOX_NODE -> ipv6 ? "fd00:10:244:3::1" : "10.244.3.1";
            default -> ipv6 ? "fd00:10:244:1::1" : "10.244.1.1";
        };
    }

    @Override
    public void close() {
        backends.values().forEach(BackendOnNode::close);
        lab.close();
    }
}

package io.pointsman.testkit.contract;

import io.pointsman.model.Cidr;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.Endpoint;
import io.pointsman.model.EndpointPort;
import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Node;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServiceCatalog;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServiceType;
import io.pointsman.plan.PlanOptions;
import io.pointsman.plan.PlanResolver;
import io.pointsman.plan.PlanUpdate;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.Capabilities;
import io.pointsman.testkit.lab.EchoServer;
import io.pointsman.testkit.lab.LabConnection;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * One node with one Service of a TCP and a UDP port, a backend at work on it, pods by number and a client outside. One
 * family. Closing it closes the backend too.
 */
final class ContractCluster implements AutoCloseable {
    static final int PORT = 80;
    static final int NODE_PORT = 30080;

    private static final int TARGET_PORT = 8080;
    private static final String NODE = "node";
    private static final ObjectName SERVICE = new ObjectName("contract", "echo");
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final IpFamily family;
    private final StarLab lab;
    private final BackendOpener opener;
    private final ServiceCatalog catalog = new ServiceCatalog();
    private final Map<IpAddress, EchoServer> tcpServers = new HashMap<>();
    private final Map<IpAddress, EchoServer> udpServers = new HashMap<>();
    private PlanResolver resolver;
    private BackendOnNode backend;
    private Optional<PlanUpdate> inForce = Optional.empty();

    private ContractCluster(IpFamily family, StarLab lab, BackendOpener opener) throws IOException, BackendException {
        this.family = family;
        this.lab = lab;
        this.opener = opener;
        this.resolver = newResolver();
        if (!opener.capabilities(lab.node()).ownsForeignVips()) {
            lab.addToNode(vip());
        }
        this.backend = opener.open(lab.node());
        catalog.apply(List.of(new ObjectChange.Put(
                new Node(NODE, List.of(nodeAddress(family)), Optional.empty(), List.of(), false, Set.of()))));
    }

    static ContractCluster open(IpFamily family, BackendOpener opener) throws IOException, BackendException {
        final StarLab lab = StarLab.open(List.of(nodeAddress(family)));
        try {
            return new ContractCluster(family, lab, opener);
        } catch (IOException | BackendException | RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    private PlanResolver newResolver() {
        return new PlanResolver(PlanOptions.builder(NODE)
                .families(Set.of(family))
                .mode(opener.provider().semantics())
                .podRanges(List.of(Cidr.parse(family == IpFamily.IPV4 ? "10.180.0.0/16" : "fd00:10:180::/48")))
                .build());
    }

    private static IpAddress nodeAddress(IpFamily family) {
        return IpAddress.parse(family == IpFamily.IPV4 ? "192.168.0.2" : "2001:db8::2");
    }

    IpAddress nodeAddress() {
        return nodeAddress(family);
    }

    IpAddress vip() {
        return IpAddress.parse(family == IpFamily.IPV4 ? "10.96.0.10" : "fd00:10:96::10");
    }

    IpAddress podAddress(int number) {
        return IpAddress.parse((family == IpFamily.IPV4 ? "10.180.0." : "fd00:10:180::") + number);
    }

    LabHost pod(int number) throws IOException {
        return lab.host(podAddress(number));
    }

    LabHost client() throws IOException {
        return lab.host(IpAddress.parse(family == IpFamily.IPV4 ? "203.0.113.2" : "2600:5200::2"));
    }

    /** What the backend can do on this node. */
    Capabilities capabilities() {
        return opener.capabilities(lab.node());
    }

    BackendOnNode backend() {
        return backend;
    }

    /** Makes the Service; nothing is applied yet. */
    void declare(Optional<Duration> affinity) {
        final Service.Builder service = Service.builder(SERVICE)
                .type(ServiceType.NODE_PORT)
                .clusterIps(List.of(vip()))
                .ports(List.of(
                        new ServicePort("tcp", Protocol.TCP, PORT, NODE_PORT),
                        new ServicePort("udp", Protocol.UDP, PORT, NODE_PORT)));
        affinity.ifPresent(service::clientIpAffinity);
        catalog.apply(List.of(new ObjectChange.Put(service.build())));
    }

    /** Makes these pods the Service's only endpoints, all on the node and all serving, and applies that. */
    ApplyReport endpoints(int... pods) throws IOException, BackendException {
        setEndpoints(IntStream.of(pods).boxed().toList(), List.of());
        return apply();
    }

    /**
     * Makes these pods the Service's endpoints; nothing is applied yet.
     *
     * @param draining on their way out: they end what they began and take no new connections
     */
    void setEndpoints(List<Integer> ready, List<Integer> draining) throws IOException {
        final List<Endpoint> endpoints = new ArrayList<>();
        for (int number : ready) {
            serve(number);
            endpoints.add(Endpoint.ready(podAddress(number)).onNode(NODE));
        }
        for (int number : draining) {
            endpoints.add(new Endpoint(podAddress(number), false, true, true, Optional.of(NODE), Set.of(), Set.of()));
        }
        putSlice(SERVICE, endpoints, "tcp", "udp");
    }

    private void serve(int pod) throws IOException {
        final IpAddress address = podAddress(pod);
        if (!tcpServers.containsKey(address)) {
            tcpServers.put(address, pod(pod).serveEcho(Protocol.TCP, address, TARGET_PORT));
            udpServers.put(address, pod(pod).serveEcho(Protocol.UDP, address, TARGET_PORT));
        }
    }

    private void putSlice(ObjectName service, List<Endpoint> endpoints, String tcpPort, String udpPort) {
        catalog.apply(List.of(new ObjectChange.Put(new EndpointSlice(
                new ObjectName(service.namespace(), service.name() + "-1"),
                service,
                family,
                endpoints,
                List.of(
                        new EndpointPort(tcpPort, Protocol.TCP, TARGET_PORT),
                        new EndpointPort(udpPort, Protocol.UDP, TARGET_PORT)),
                false,
                Optional.empty()))));
    }

    /** The VIP of one of the other Services, 1 to 200. */
    IpAddress otherVip(int number) {
        return IpAddress.parse((family == IpFamily.IPV4 ? "10.96.1." : "fd00:10:96:1::") + number);
    }

    /** Makes another Service with a TCP port and one ready pod; nothing is applied yet. */
    void putOther(int number, ObjectName name, String portName, Map<String, String> annotations, int pod)
            throws IOException {
        serve(pod);
        if (!opener.capabilities(lab.node()).ownsForeignVips()) {
            lab.addToNode(otherVip(number));
        }
        catalog.apply(List.of(new ObjectChange.Put(Service.builder(name)
                .clusterIps(List.of(otherVip(number)))
                .ports(List.of(new ServicePort(portName, Protocol.TCP, PORT, 0)))
                .annotations(annotations)
                .build())));
        putSlice(name, List.of(Endpoint.ready(podAddress(pod)).onNode(NODE)), portName, "udp");
    }

    /** Takes another Service away; nothing is applied yet. */
    void removeOther(ObjectName name) {
        catalog.apply(List.of(
                new ObjectChange.Delete(ClusterObject.Kind.SERVICE, name),
                new ObjectChange.Delete(
                        ClusterObject.Kind.ENDPOINT_SLICE, new ObjectName(name.namespace(), name.name() + "-1"))));
    }

    /** Applies what changed since the last time. */
    ApplyReport apply() throws BackendException {
        final PlanUpdate update = resolver.resolve(catalog, Set.of(nodeAddress()));
        inForce = Optional.of(update);
        return backend.apply(update.plan(), update.delta());
    }

    /** Skips the test when the backend says of itself that it lacks this, and reported the Service's rules for it. */
    void requireNoDeviation(String aspect, ApplyReport report) {
        opener.capabilities(lab.node()).deviations().stream()
                .filter(deviation -> deviation.aspect().equals(aspect))
                .findFirst()
                .flatMap(_ -> report.problems().stream().findFirst())
                .ifPresent(problem -> Skip.because(opener.provider().name() + " reports " + problem.kind() + " of "
                        + problem.frontend() + ": " + problem.reason()));
    }

    /** Skips the test when the backend says that nothing of it outlives the agent. */
    void requireSurvival() {
        if (!capabilities().survivesRestart()) {
            Skip.because(opener.provider().name() + " does not survive a restart, as it says");
        }
    }

    /** The update applied last. */
    PlanUpdate inForce() {
        return inForce.orElseThrow();
    }

    /** Ends a pod's servers: from now on it refuses. */
    void stop(int pod) {
        Optional.ofNullable(tcpServers.remove(podAddress(pod))).ifPresent(EchoServer::close);
        Optional.ofNullable(udpServers.remove(podAddress(pod))).ifPresent(EchoServer::close);
    }

    /** The agent goes away; what forwards without it goes on. */
    void stopAgent() {
        backend.close();
    }

    /** The agent comes back, with nothing but what its earlier run left behind. */
    void startAgent() throws BackendException {
        resolver = newResolver();
        backend = opener.open(lab.node());
        apply();
    }

    Probe probe(Protocol protocol, IpAddress to, int port) {
        return Probe.of(protocol, to, port).within(PATIENCE);
    }

    /** The number of the pod that answers; 0 when none does. */
    int whoAnswers(LabHost from, Probe probe) {
        return podOf(from.send(probe));
    }

    /** The number of the pod that answers on a connection; 0 when none does. */
    int whoAnswers(LabConnection connection) {
        return podOf(connection.exchange(PATIENCE));
    }

    int podOf(ProbeResult result) {
        return result.answer()
                .map(answer -> IntStream.range(1, 100)
                        .filter(number -> podAddress(number).equals(answer.local()))
                        .findFirst()
                        .orElse(0))
                .orElse(0);
    }

    @Override
    public void close() {
        try {
            backend.close();
        } finally {
            lab.close();
        }
    }

    @Override
    public String toString() {
        return family.toString();
    }
}

package io.pointsman.testkit.contract;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The node of {@link ContractObjects} with a running backend, its pods, and an external client. Closing it closes the
 * backend too.
 */
final class ContractCluster implements AutoCloseable {
    static final int PORT = ContractObjects.PORT;
    static final int NODE_PORT = ContractObjects.NODE_PORT;

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ContractObjects objects;
    private final StarLab lab;
    private final BackendOpener opener;
    private final Map<IpAddress, EchoServer> tcpServers = new HashMap<>();
    private final Map<IpAddress, EchoServer> udpServers = new HashMap<>();
    private BackendOnNode backend;
    private Optional<PlanUpdate> inForce = Optional.empty();

    private ContractCluster(ContractObjects objects, StarLab lab, BackendOpener opener)
            throws IOException, BackendException {
        this.objects = objects;
        this.lab = lab;
        this.opener = opener;
        if (!opener.capabilities(lab.node()).has(Capabilities.Feature.OWNS_FOREIGN_VIPS)) {
            lab.addToNode(vip());
        }
        this.backend = opener.open(lab.node());
    }

    static ContractCluster open(IpFamily family, BackendOpener opener) throws IOException, BackendException {
        final ContractObjects objects =
                new ContractObjects(family, opener.provider().semantics());
        final StarLab lab = StarLab.open(List.of(objects.nodeAddress()));
        try {
            return new ContractCluster(objects, lab, opener);
        } catch (IOException | BackendException | RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    IpAddress nodeAddress() {
        return objects.nodeAddress();
    }

    IpAddress vip() {
        return objects.vip();
    }

    /** Returns the VIP of one of the other Services, 1 to 200. */
    IpAddress otherVip(int number) {
        return objects.otherVip(number);
    }

    IpAddress podAddress(int number) {
        return objects.podAddress(number);
    }

    LabHost node() {
        return lab.node();
    }

    LabHost pod(int number) throws IOException {
        return lab.host(podAddress(number));
    }

    LabHost client() throws IOException {
        return lab.host(objects.clientAddress());
    }

    /** Gives the client another source address, 1 to 200. */
    IpAddress addClientAddress(int number) throws IOException {
        final IpAddress address = objects.otherClientAddress(number);
        lab.addAddress(objects.clientAddress(), address);
        return address;
    }

    /** Puts pods created from now on on a bridge of the node, where they reach each other without the node's routing. */
    void putPodsOnABridge() throws IOException {
        lab.bridge(objects.bridgeAddress(), objects.bridgePrefixLength());
    }

    /** Returns arguments to open the backend in another process; empty if that is not possible. */
    Optional<List<String>> victimArguments() {
        return opener.victimArguments(objects.family());
    }

    /** Returns the backend's capabilities on this node. */
    Capabilities capabilities() {
        return opener.capabilities(lab.node());
    }

    BackendOnNode backend() {
        return backend;
    }

    /** Creates the Service; nothing is applied yet. */
    void declare(Optional<Duration> affinity) {
        objects.declare(affinity);
    }

    /** Gives the Service {@link #balancedVip}, restricted to these sources; nothing is applied yet. */
    void declareBalanced(Cidr sources) throws IOException {
        if (!opener.capabilities(lab.node()).has(Capabilities.Feature.OWNS_FOREIGN_VIPS)) {
            lab.addToNode(balancedVip());
        }
        objects.declareBalanced(sources);
    }

    IpAddress balancedVip() {
        return objects.balancedVip();
    }

    /** Gives the Service one endpoint on another node, which external clients may not use; nothing is applied yet. */
    void declareElsewhere(int pod) throws IOException {
        serve(pod);
        objects.declareLocal();
        objects.setEndpointElsewhere(pod);
    }

    /** Makes these pods, all on the node and all serving, the Service's only endpoints, and applies that. */
    ApplyReport endpoints(int... pods) throws IOException, BackendException {
        setEndpoints(IntStream.of(pods).boxed().toList(), List.of());
        return apply();
    }

    /** Deletes the Service, and applies that. */
    void delete() throws BackendException {
        objects.delete();
        apply();
    }

    /**
     * Makes these pods the Service's endpoints; nothing is applied yet.
     *
     * @param draining terminating pods: they finish existing connections and take no new ones
     */
    void setEndpoints(List<Integer> ready, List<Integer> draining) throws IOException {
        for (int number : ready) {
            serve(number);
        }
        objects.setEndpoints(ready, draining);
    }

    /** Starts a pod's servers, if they do not run. */
    void serve(int pod) throws IOException {
        final IpAddress address = podAddress(pod);
        if (!tcpServers.containsKey(address)) {
            tcpServers.put(address, pod(pod).serveEcho(Protocol.TCP, address, ContractObjects.TARGET_PORT));
            udpServers.put(address, pod(pod).serveEcho(Protocol.UDP, address, ContractObjects.TARGET_PORT));
        }
    }

    /** Creates another Service with a TCP port and one ready pod; nothing is applied yet. */
    void putOther(int number, ObjectName name, String portName, Map<String, String> annotations, int pod)
            throws IOException {
        serve(pod);
        if (!opener.capabilities(lab.node()).has(Capabilities.Feature.OWNS_FOREIGN_VIPS)) {
            lab.addToNode(otherVip(number));
        }
        objects.putOther(number, name, portName, annotations, pod);
    }

    /** Deletes another Service; nothing is applied yet. */
    void removeOther(ObjectName name) {
        objects.removeOther(name);
    }

    /** Applies the changes since the last time. */
    ApplyReport apply() throws BackendException {
        final PlanUpdate update = objects.resolve();
        inForce = Optional.of(update);
        return backend.apply(update.plan(), update.delta());
    }

    /** Skips the test if the backend states this deviation and reported the Service's rules for it. */
    void requireNoDeviation(String aspect, ApplyReport report) {
        opener.capabilities(lab.node()).deviations().stream()
                .filter(deviation -> deviation.aspect().equals(aspect))
                .findFirst()
                .flatMap(_ -> report.problems().stream().findFirst())
                .ifPresent(problem -> Skip.because(opener.provider().name() + " reports " + problem.kind() + " of "
                        + problem.frontend() + ": " + problem.reason()));
    }

    /** Skips the test if the backend states that none of its state survives the agent. */
    void requireSurvival() {
        if (!capabilities().has(Capabilities.Feature.SURVIVES_RESTART)) {
            Skip.because(opener.provider().name() + " does not survive a restart, as it says");
        }
    }

    /** Returns the update applied last. */
    PlanUpdate inForce() {
        return inForce.orElseThrow();
    }

    /** Stops a pod's servers: from now on it refuses. */
    void stop(int pod) {
        Optional.ofNullable(tcpServers.remove(podAddress(pod))).ifPresent(EchoServer::close);
        Optional.ofNullable(udpServers.remove(podAddress(pod))).ifPresent(EchoServer::close);
    }

    /** Stops the agent; what forwards without it goes on. */
    void stopAgent() {
        backend.close();
    }

    /** Starts the agent again, with only the state that its earlier run left. */
    void startAgent() throws BackendException {
        objects.startAnew();
        backend = opener.open(lab.node());
        apply();
    }

    Probe probe(Protocol protocol, IpAddress to, int port) {
        return Probe.of(protocol, to, port).within(PATIENCE);
    }

    /** Returns the number of the pod that answers; 0 if none does. */
    int whoAnswers(LabHost from, Probe probe) {
        return podOf(from.send(probe));
    }

    /** Returns the number of the pod that answers on a connection; 0 if none does. */
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
        return objects.family().toString();
    }
}

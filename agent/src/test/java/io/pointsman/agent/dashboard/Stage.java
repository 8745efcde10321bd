package io.pointsman.agent.dashboard;

import io.pointsman.agent.http.HostCheck;
import io.pointsman.agent.http.HttpServers;
import io.pointsman.agent.http.Listener;
import io.pointsman.agent.http.Reply;
import io.pointsman.agent.http.RoomLimits;
import io.pointsman.agent.status.AgentStatus;
import io.pointsman.agent.status.Problem;
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
import io.pointsman.model.ServicePortName;
import io.pointsman.model.Severity;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.HostAddresses;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.PlanOptions;
import io.pointsman.plan.PlanResolver;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.Capabilities;
import io.pointsman.spi.FlowChange;
import io.pointsman.spi.FlowRecord;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** The page on a port of its own, with Services, figures, connections and problems that a test sets. */
final class Stage implements AutoCloseable {
    static final IpAddress CLIENT = IpAddress.parse("10.244.3.8");
    private static final Set<IpAddress> HOST = Set.of(IpAddress.parse("192.0.2.7"));
    private static final Set<Endpoint.Condition> READY = Set.of(Endpoint.Condition.READY, Endpoint.Condition.SERVING);

    final PretendBackend backend = new PretendBackend();
    final List<Problem> problems = new CopyOnWriteArrayList<>();
    private final HttpServers servers = new HttpServers();
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<ObjectName> services;
    private final ForwardingPlan plan;
    private final Dashboard dashboard;
    private final Listener listener;

    /**
     * Creates Services with an endpoint on this node and another elsewhere, and the {@link #address} for their place in
     * the list.
     */
    Stage(List<ObjectName> services) throws IOException {
        this.services = List.copyOf(services);
        plan = plan(services);
        dashboard = new Dashboard(
                _ -> Reply.text(404, "of others\n"),
                "pretended",
                this::status,
                backend,
                new Capabilities(
                        EnumSet.allOf(Protocol.class),
                        EnumSet.allOf(IpFamily.class),
                        EnumSet.allOf(Balancing.class),
                        EnumSet.allOf(Capabilities.Feature.class),
                        List.of()));
        listener = servers.room(RoomLimits.OWN)
                .open(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        new HostCheck(dashboard, Set.of("here")));
    }

    /** Returns this number of plain names. */
    static List<ObjectName> plain(int count) {
        final List<ObjectName> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(new ObjectName("default", "svc-%05d".formatted(i)));
        }
        return names;
    }

    static IpAddress address(int number) {
        return IpAddress.parse("10.96.%d.%d".formatted(number / 250, number % 250 + 1));
    }

    private static ForwardingPlan plan(List<ObjectName> services) {
        final List<ObjectChange> changes = new ArrayList<>();
        for (int i = 0; i < services.size(); i++) {
            final ObjectName name = services.get(i);
            changes.add(new ObjectChange.Put(Service.builder(name)
                    .clusterIps(List.of(address(i)))
                    .ports(List.of(new ServicePort("http", Protocol.TCP, 80, 0)))
                    .build()));
            changes.add(new ObjectChange.Put(EndpointSlice.builder(
                            new ObjectName(name.namespace(), name.name() + "-a"), name, IpFamily.IPV4)
                    .endpoints(List.of(
                            Endpoint.of(IpAddress.parse("10.244.1.3"), READY).onNode("here"),
                            Endpoint.of(IpAddress.parse("10.244.2.4"), READY).onNode("there")))
                    .ports(List.of(new EndpointPort("http", Protocol.TCP, 8080)))
                    .build()));
        }
        final ServiceCatalog catalog = new ServiceCatalog();
        catalog.apply(changes);
        return new PlanResolver(
                        PlanOptions.builder("here").mode(ModeSemantics.NFTABLES).build())
                .resolve(catalog, HostAddresses.of(HOST))
                .plan();
    }

    private AgentStatus status() {
        return new AgentStatus(
                "pretended",
                "here",
                Optional.of(plan),
                Optional.of(new ApplyReport(plan.version(), plan.rules().size(), 0, List.of())),
                true,
                Optional.empty(),
                Optional.empty(),
                problems,
                List.of());
    }

    ServicePortName port(int number) {
        return new ServicePortName(services.get(number), "http", Protocol.TCP);
    }

    /** Returns the start of a connection to a Service. */
    FlowChange begun(int number, int clientPort) {
        return new FlowChange(
                FlowChange.Kind.NEW,
                new FlowRecord(
                        new FlowRecord.Tuple(Protocol.TCP, CLIENT, clientPort, address(number), 80),
                        new FlowRecord.Tuple(Protocol.TCP, IpAddress.parse("10.244.1.3"), 8080, CLIENT, clientPort),
                        Optional.of(port(number)),
                        "NEW",
                        0,
                        0,
                        0,
                        0,
                        Optional.empty()));
    }

    void problem(ObjectName service, Severity severity, String reason) {
        problems.add(new Problem(Problem.Origin.PLAN, "Service " + service, severity, reason));
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + listener.address().getPort() + path);
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return ask("GET", path);
    }

    HttpResponse<String> ask(String method, String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(uri(path))
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .timeout(Duration.ofMinutes(1))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    InetSocketAddress socketAddress() {
        return listener.address();
    }

    @Override
    public void close() {
        listener.close();
        servers.close();
        dashboard.close();
        client.close();
    }
}

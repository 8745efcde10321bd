package io.pointsman.spi.ipvs;

import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.Availability;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.testkit.contract.BackendOnNode;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** Node with the backend running, a client outside and two pods, all of which send everything to the node. */
final class IpvsNode implements AutoCloseable {
    static final IpAddress CLIENT = IpAddress.parse("203.0.113.2");
    static final IpAddress POD_1 = IpAddress.parse("10.180.0.1");
    static final IpAddress POD_2 = IpAddress.parse("10.180.0.2");

    private final Lab lab;
    private final Path folder;
    private Map<String, String> settings;
    private final LabHost node;
    private final List<LabHost> hosts = new ArrayList<>();
    private @Nullable ForwardingPlan before;
    private BackendOnNode backend;

    private IpvsNode(Lab lab, Path folder, Map<String, String> settings) throws IOException, BackendException {
        this.lab = lab;
        this.folder = folder;
        this.settings = settings;
        this.node = lab.addHost("node").forward();
        final Availability availability = node.call(() -> new IpvsProvider().probe());
        Assumptions.assumeTrue(availability.isAvailable(), availability::reason);
        int number = 0;
        for (IpAddress address : List.of(CLIENT, POD_1, POD_2)) {
            final String port = "port" + number++;
            final LabHost host = lab.addHost("host" + number);
            lab.connect(node, port, host, "eth0");
            node.addAddress(port, Plans.NODE, 32);
            node.route(Cidr.of(address), port);
            host.addAddress("eth0", address, 32);
            host.route(Cidr.of(Plans.NODE), "eth0");
            host.route(Cidr.parse("0.0.0.0/0"), Plans.NODE);
            hosts.add(host);
        }
        this.backend = BackendOnNode.open(node, new IpvsProvider(), new BackendConfig(folder, settings));
    }

    static IpvsNode open(Path folder, Map<String, String> settings) throws IOException, BackendException {
        final Optional<String> why = Lab.unavailable();
        Assumptions.assumeTrue(why.isEmpty(), () -> why.orElse(""));
        final Lab lab = Lab.open();
        try {
            return new IpvsNode(lab, folder, settings);
        } catch (IOException | BackendException | RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    LabHost node() {
        return node;
    }

    LabHost client() {
        return hosts.get(0);
    }

    LabHost pod1() {
        return hosts.get(1);
    }

    LabHost pod2() {
        return hosts.get(2);
    }

    BackendOnNode backend() {
        return backend;
    }

    ApplyReport apply(ForwardingPlan plan) throws BackendException {
        final ApplyReport report = backend.apply(plan, Plans.delta(before, plan));
        before = plan;
        return report;
    }

    /** Restarts the agent. */
    void restart() throws BackendException {
        restart(settings);
    }

    /** Restarts the agent with other settings. */
    void restart(Map<String, String> others) throws BackendException {
        settings = others;
        backend.close();
        before = null;
        backend = BackendOnNode.open(node, new IpvsProvider(), new BackendConfig(folder, settings));
    }

    /** Returns the virtual servers as {@code ipvsadm} saves them. */
    String ipvsadm() throws IOException {
        return node.run("ipvsadm", "-Sn").outputOrFail();
    }

    String run(String... command) throws IOException {
        return node.run(command).outputOrFail();
    }

    <T extends @Nullable Object, E extends Exception> T call(NetworkNamespace.Task<T, E> task) throws E {
        return node.call(task);
    }

    @Override
    public void close() {
        try {
            backend.close();
        } finally {
            lab.close();
        }
    }
}

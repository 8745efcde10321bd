package io.pointsman.spi.iptables;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.route.Route;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.testkit.contract.BackendOnNode;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Node of {@link Plans} with the backend running, a client outside and two pods; all packets pass the node. */
final class PacketNode implements AutoCloseable {
    private static final IpAddress GATEWAY = IpAddress.parse("fe80::1");

    final LabHost node;
    final LabHost client;
    final LabHost pod;
    final LabHost otherPod;
    final IpAddress nodeAddress;
    final IpAddress clientAddress;
    final IpAddress podAddress;
    final IpAddress otherPodAddress;

    private final Lab lab;
    private final IpFamily family;
    private final String iptables;
    private final BackendOnNode backend;
    private long version;

    private PacketNode(Lab lab, Flavour flavour, IpFamily family, Path folder) throws IOException, BackendException {
        final boolean isIpv4 = family == IpFamily.IPV4;
        this.lab = lab;
        this.family = family;
        this.iptables = (isIpv4 ? "iptables-" : "ip6tables-") + flavour.word();
        nodeAddress = IpAddress.parse(isIpv4 ? "192.168.0.2" : "2001:db8::2");
        clientAddress = IpAddress.parse(isIpv4 ? "203.0.113.2" : "2001:db8:1::2");
        podAddress = IpAddress.parse(isIpv4 ? "10.0.0.1" : "fd00:10::1");
        otherPodAddress = IpAddress.parse(isIpv4 ? "10.0.0.2" : "fd00:10::2");
        node = lab.addHost("node").forward();
        client = join("client", clientAddress);
        pod = join("pod", podAddress);
        otherPod = join("other", otherPodAddress);
        backend = BackendOnNode.open(
                node, new IptablesProvider(), new BackendConfig(folder, Map.of("flavour", flavour.word())));
    }

    static PacketNode open(Flavour flavour, IpFamily family, Path folder) throws IOException, BackendException {
        final Lab lab = Lab.open();
        try {
            return new PacketNode(lab, flavour, family, folder);
        } catch (IOException | BackendException | RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    private LabHost join(String name, IpAddress address) throws IOException {
        final LabHost host = lab.addHost(name);
        lab.connect(node, name, host, "eth0");
        node.addAddress(name, nodeAddress, family.bits());
        node.route(Cidr.of(address), name);
        host.addAddress("eth0", address, family.bits());
        if (family == IpFamily.IPV4) {
            host.route(Cidr.of(nodeAddress), "eth0");
            host.route(Route.everything(family), nodeAddress);
        } else {
            node.addAddress(name, GATEWAY, 64);
            host.netlink()
                    .replaceRoute(Route.via(Route.everything(family), GATEWAY)
                            .on(host.netlink().linkIndex("eth0")));
        }
        return host;
    }

    ApplyReport apply(Rule... rules) throws BackendException {
        final var plan = Plans.plan(++version, List.of(rules));
        return backend.apply(plan, Plans.delta(null, plan));
    }

    /** Returns the figures of a service port; empty figures if there are none. */
    ServiceFigures figures(ServicePortName owner) throws BackendException {
        return backend.figures().stream()
                .filter(each -> each.port().equals(owner))
                .findFirst()
                .orElse(new ServiceFigures(owner, Map.of(), Map.of()));
    }

    /** Runs the program of the flavour and family on a host. */
    String iptables(LabHost host, String... arguments) throws IOException {
        final String[] command = new String[arguments.length + 1];
        command[0] = iptables;
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return host.run(command).outputOrFail();
    }

    /** Drops all packets that no rule accepts for forwarding. */
    void forwardNothing() throws IOException {
        iptables(node, "-P", "FORWARD", "DROP");
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

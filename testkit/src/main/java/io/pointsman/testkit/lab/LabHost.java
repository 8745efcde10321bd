package io.pointsman.testkit.lab;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.Sysctl;
import io.pointsman.linux.netns.NamespaceThread;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.route.Route;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A machine of the lab. Any thread may use it. */
public final class LabHost implements AutoCloseable {
    private static final List<Sysctl> QUIET = List.of(
            // A new namespace copies net.ipv4.conf.* of the first one instead of the kernel's defaults, so all that
            // tests need is set here: no duplicate address detection, no autoconfigured addresses, no reverse path
            // filter.
            Sysctl.attempt("net.ipv6.conf.all.accept_dad", "0"),
            Sysctl.attempt("net.ipv6.conf.default.accept_dad", "0"),
            Sysctl.attempt("net.ipv6.conf.default.accept_ra", "0"),
            Sysctl.attempt("net.ipv4.conf.all.rp_filter", "0"),
            Sysctl.attempt("net.ipv4.conf.default.rp_filter", "0"),
            // every refusal is sent: only ICMP types in the mask are limited (IPv6 has no type 0)
            Sysctl.attempt("net.ipv4.icmp_ratemask", "0"),
            Sysctl.attempt("net.ipv6.icmp.ratemask", "0"));
    private static final List<Sysctl> ROUTER = List.of(
            Sysctl.must("net.ipv4.ip_forward", "1"),
            Sysctl.attempt("net.ipv6.conf.all.forwarding", "1"),
            Sysctl.attempt("net.ipv4.conf.all.send_redirects", "0"),
            Sysctl.attempt("net.ipv4.conf.default.send_redirects", "0"),
            Sysctl.attempt("net.bridge.bridge-nf-call-iptables", "1"),
            Sysctl.attempt("net.bridge.bridge-nf-call-ip6tables", "1"));

    private final String name;
    private final NetworkNamespace namespace;
    private final NamespaceThread thread;
    private final RouteNetlink netlink;
    private final EchoServers echoServers;

    private LabHost(
            String name,
            NetworkNamespace namespace,
            NamespaceThread thread,
            RouteNetlink netlink,
            EchoServers echoServers) {
        this.name = name;
        this.namespace = namespace;
        this.thread = thread;
        this.netlink = netlink;
        this.echoServers = echoServers;
    }

    static LabHost open(String name, NetworkNamespace namespace, EchoServers echoServers) throws IOException {
        final NamespaceThread thread = namespace.openThread("lab " + name);
        try {
            final RouteNetlink netlink = thread.call(() -> {
                Sysctl.apply(QUIET);
                return RouteNetlink.open();
            });
            netlink.setUp("lo");
            return new LabHost(name, namespace, thread, netlink, echoServers);
        } catch (IOException | RuntimeException e) {
            thread.close();
            throw e;
        }
    }

    public String name() {
        return name;
    }

    public NetworkNamespace namespace() {
        return namespace;
    }

    /** Returns access to interfaces, addresses and routes of this host. */
    public RouteNetlink netlink() {
        return netlink;
    }

    /** Runs a task on the host's own thread and waits: its sockets and processes belong to the host. */
    public <T extends @Nullable Object, E extends Exception> T call(NetworkNamespace.Task<T, E> task) throws E {
        return thread.call(task);
    }

    /** Enables forwarding, as on a node: no redirects, and bridged packets go through the packet filter. */
    public LabHost forward() throws IOException {
        set(ROUTER);
        return this;
    }

    /** Sets kernel parameters of this host. */
    public List<Sysctl.Result> set(List<Sysctl> sysctls) throws IOException {
        return thread.call(() -> Sysctl.apply(sysctls));
    }

    /** Adds an address to an interface. */
    public LabHost addAddress(String interfaceName, IpAddress address, int prefixLength) throws KernelException {
        netlink.addAddress(netlink.linkIndex(interfaceName), address, prefixLength);
        return this;
    }

    /** Adds a bridge, which is up. */
    public LabHost addBridge(String bridge) throws KernelException {
        netlink.addLink(bridge, "bridge");
        netlink.setUp(bridge);
        return this;
    }

    /** Routes these addresses through a gateway, replacing an earlier route. */
    public LabHost route(Cidr destination, IpAddress gateway) throws KernelException {
        netlink.replaceRoute(Route.via(destination, gateway));
        return this;
    }

    /** Routes these addresses directly to an interface, replacing an earlier route. */
    public LabHost route(Cidr destination, String interfaceName) throws KernelException {
        netlink.replaceRoute(Route.through(destination, netlink.linkIndex(interfaceName)));
        return this;
    }

    /**
     * Routes these addresses to the loopback interface, for connections of this host itself. The source has to be named:
     * otherwise the kernel chooses 127.0.0.1 once {@code route_localnet} is set, unless it remembers an earlier choice.
     */
    public LabHost routeToSelf(Cidr destination, IpAddress source) throws KernelException {
        netlink.replaceRoute(Route.through(destination, netlink.linkIndex("lo")).withSource(source));
        return this;
    }

    /** Starts a server that answers each line, or datagram, with the client's address as it sees it. */
    public EchoServer serveEcho(Protocol protocol, IpAddress address, int port) throws IOException {
        return echoServers.start(this, protocol, address, port);
    }

    /** Connects, sends a line, waits for the answer, closes. */
    public ProbeResult send(Probe probe) {
        try (LabConnection connection = LabConnection.open(this, probe)) {
            return connection.exchange(probe.patience());
        }
    }

    /** Sends a probe, and returns from the packets that come back how it was refused; empty if it was not. */
    public Optional<Refusal> refusal(Probe probe) throws IOException {
        return Refusal.of(this, probe);
    }

    /** Connects and stays connected. */
    public LabConnection connect(Probe probe) {
        return LabConnection.open(this, probe);
    }

    /**
     * Runs a program on this host and waits for it.
     *
     * @throws IOException if it can't be started, or was killed because it took too long
     */
    public CommandResult run(Duration patience, List<String> command) throws IOException {
        return CommandResult.of(command, patience, thread.call(() -> new ProcessBuilder(command).start()));
    }

    /** Runs a program on this host for at most 30 s. */
    public CommandResult run(String... command) throws IOException {
        return run(Duration.ofSeconds(30), List.of(command));
    }

    /** Starts a program on this host; the caller ends it. */
    public Process start(ProcessBuilder builder) throws IOException {
        return thread.call(builder::start);
    }

    /** Writes every packet on this host's interfaces to a file, until closed. */
    public PcapRecording record(Path file) throws IOException {
        return PcapRecording.start(this, file);
    }

    @Override
    public void close() {
        netlink.close();
        thread.close();
        try {
            namespace.delete();
        } catch (IOException e) {
            throw new UncheckedIOException("can't remove host " + name, e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}

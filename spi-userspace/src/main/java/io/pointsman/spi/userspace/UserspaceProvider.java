package io.pointsman.spi.userspace;

import io.netty.channel.epoll.Epoll;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.ModeSemantics.Answer;
import io.pointsman.spi.Availability;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.Capabilities;
import io.pointsman.spi.Capabilities.Deviation;
import io.pointsman.spi.Capabilities.Feature;
import io.pointsman.spi.CleanupReport;
import io.pointsman.spi.userspace.host.HostCapabilities;
import io.pointsman.spi.userspace.host.HostNetwork;
import io.pointsman.spi.userspace.host.KernelSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Provider of the backend that runs anywhere: it uses sockets and needs no privilege beyond listening at low ports. With
 * CAP_NET_ADMIN it also serves VIPs that no interface has, keeps clients' addresses, and drops clients before they are
 * connected.
 */
public final class UserspaceProvider implements BackendProvider {
    private static final int PRIORITY = 10;

    /**
     * Semantics with sockets alone. A socket receives only what is sent to its own address. So unknown ports of a cluster
     * address and addresses without a Service are left to the host; node ports answer on every allowed address, loopback
     * included; a Service without endpoints refuses all clients, allowed or not, because no socket listens for it; no
     * firewall is touched.
     */
    private static final ModeSemantics OF_SOCKETS = ModeSemantics.of(Action.PASS, Answer.LOCALHOST_NODE_PORTS)
            .with(ModeSemantics.Trait.DIALS_ENDPOINTS, ModeSemantics.Trait.TAKES_WHOLE_ADDRESSES);

    /**
     * Semantics with a packet filter in front of the sockets: unknown ports are rejected, source ranges are checked first.
     */
    private static final ModeSemantics OF_FILTER = ModeSemantics.of(
                    Action.REJECT, Answer.LOCALHOST_NODE_PORTS, Answer.SOURCE_RANGES_FIRST)
            .with(ModeSemantics.Trait.DIALS_ENDPOINTS, ModeSemantics.Trait.TAKES_WHOLE_ADDRESSES);

    /** Capabilities on a host that allows everything. */
    public static final Capabilities MOST = new Capabilities(
            Set.of(Protocol.TCP, Protocol.UDP),
            EnumSet.allOf(IpFamily.class),
            EnumSet.allOf(Balancing.class),
            Set.of(Feature.KEEPS_SOURCE, Feature.OWNS_FOREIGN_VIPS, Feature.AFFINITY, Feature.PROXY_HEADER),
            List.of());

    private static final List<Deviation> DEVIATIONS = List.of(
            new Deviation(
                    "dial",
                    "a client is connected before its endpoint; if no endpoint answers it is reset, not refused"),
            new Deviation("endpoint-error", "an ICMP error from a UDP endpoint is not passed on to the client"),
            new Deviation("loopback-network", "a node port on 127.0.0.1 answers there, not on all of 127.0.0.0/8"),
            new Deviation("icmp", "ping to a VIP is answered by the host that has it"));

    private static final Deviation LOSES_SOURCE = new Deviation(
            "client-source",
            "the endpoint sees an address of this node as the source of every connection, masqueraded or not");

    private static final List<Deviation> WITHOUT_FILTER = List.of(
            new Deviation(
                    "drop",
                    "the kernel accepts a TCP connection before its source is checked, so a dropped client is"
                            + " connected, gets no byte, and is reset after drop-hold; it does not time out while"
                            + " connecting"),
            new Deviation(
                    "reject",
                    "a rule that rejects some origins and forwards others accepts a TCP connection and resets it at"
                            + " once; rejected UDP gets no ICMP error then. A rule that only rejects leaves its port to"
                            + " the host, which refuses unless a process listens there on all addresses"));

    private static final Deviation OWN_ENDPOINT = new Deviation(
            "own-endpoint",
            "an endpoint with an address of this node (hostNetwork) sees this node as the source of every connection");

    private static final Deviation VIPS = new Deviation(
            "vips",
            "every port of a VIP that is not in the plan refuses, also of external and load balancer addresses: they"
                    + " are routed to this node, whose own daemons would answer otherwise");

    private final Supplier<HostCapabilities> probe;

    public UserspaceProvider() {
        this(() -> HostCapabilities.probe(Epoll.isAvailable()));
    }

    /** @param probe what the kernel does for this process */
    UserspaceProvider(Supplier<HostCapabilities> probe) {
        this.probe = probe;
    }

    @Override
    public String name() {
        return "userspace";
    }

    @Override
    public int priority() {
        return PRIORITY;
    }

    @Override
    public Availability probe() {
        return new Availability.Available(
                "sockets need no privilege; " + probe.get().reason()
                        + "; listening below the sysctl net.ipv4.ip_unprivileged_port_start takes"
                        + " CAP_NET_BIND_SERVICE");
    }

    @Override
    public Capabilities capabilities() {
        final HostCapabilities means = probe.get();
        final List<Deviation> deviations = new ArrayList<>(DEVIATIONS);
        deviations.add(means.keepsSource() ? OWN_ENDPOINT : LOSES_SOURCE);
        if (!means.filters()) {
            deviations.addAll(WITHOUT_FILTER);
        }
        if (means.ownsVips()) {
            deviations.add(VIPS);
        }
        return new Capabilities(MOST.protocols(), MOST.families(), MOST.balancing(), features(means), deviations);
    }

    private static Set<Feature> features(HostCapabilities means) {
        final Set<Feature> features = new HashSet<>(MOST.features());
        if (!means.keepsSource()) {
            features.remove(Feature.KEEPS_SOURCE);
        }
        if (!means.ownsVips()) {
            features.remove(Feature.OWNS_FOREIGN_VIPS);
        }
        return features;
    }

    @Override
    public ModeSemantics semantics() {
        return probe.get().filters() ? OF_FILTER : OF_SOCKETS;
    }

    /** Opens a backend with the keys of {@link UserspaceSettings}. */
    @Override
    public Backend open(BackendConfig config) throws BackendException {
        final UserspaceSettings settings = UserspaceSettings.of(config);
        final HostCapabilities means = settings.kernel().use() == KernelSettings.Use.OFF
                ? HostCapabilities.none("switched off by the setting transparent")
                : probe.get();
        return UserspaceBackend.open(
                settings, config.stateDirectory().resolve("counters.dat"), config.stateDirectory(), means);
    }

    /** Removes routes, routing rules, packet filters and a sysctl; sockets ended with the process. */
    @Override
    public CleanupReport cleanup(BackendConfig config, boolean dryRun) throws BackendException {
        try (HostNetwork host = HostNetwork.open(
                HostCapabilities.none("to clean up"), UserspaceSettings.DEFAULT.kernel(), config.stateDirectory())) {
            final List<String> removed = host.cleanup(dryRun);
            return new CleanupReport(dryRun, removed, host.complaints());
        } catch (IOException e) {
            throw new BackendException(
                    "userspace: cleanup is incomplete; the next one continues with what is left: " + e.getMessage(), e);
        }
    }
}

package io.pointsman.spi.userspace;

import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.spi.Availability;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.Capabilities;
import io.pointsman.spi.Capabilities.Deviation;
import io.pointsman.spi.CleanupReport;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The backend that runs anywhere: sockets, and no privilege beyond what listening at low ports takes. */
public final class UserspaceProvider implements BackendProvider {
    private static final int PRIORITY = 10;

    /**
     * A socket hears only what comes to addresses it is bound to, hence: an unknown port of a cluster address and an
     * address that no Service owns are left to the host; node ports answer on every address they are allowed, loopback
     * included, as a listener there is like any other; a Service without endpoints refuses everybody, allowed or not, as
     * nobody listens for it; and no firewall is touched.
     */
    private static final ModeSemantics SEMANTICS = new ModeSemantics(Action.PASS, false, false, true, false, false);

    private static final List<Deviation> DEVIATIONS = List.of(
            new Deviation(
                    "client-source",
                    "the endpoint sees an address of this node as the source of every connection, masqueraded or not"),
            new Deviation(
                    "drop",
                    "the kernel accepts a TCP connection before its source is judged, so a dropped client is connected,"
                            + " gets no byte, and is reset after drop-hold; it does not time out while connecting"),
            new Deviation(
                    "reject",
                    "a rule that rejects some origins and forwards others accepts a TCP connection and resets it at"
                            + " once; rejected UDP gets no ICMP error then. A rule that only rejects leaves its port to"
                            + " the host, which refuses unless a process listens there on all addresses"),
            new Deviation(
                    "dial",
                    "a client is connected before its endpoint is; when no endpoint answers it is reset, not refused"),
            new Deviation("endpoint-error", "an ICMP error from a UDP endpoint is not passed on to the client"),
            new Deviation("empty-datagram", "UDP datagrams without payload are not forwarded"),
            new Deviation("loopback-network", "a node port on 127.0.0.1 answers there, not on all of 127.0.0.0/8"),
            new Deviation("icmp", "a VIP answers ping, and traffic to its other ports, as the host it is on does"));

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
        return new Availability.Available("sockets are always there; VIPs must be on an interface of this node, and"
                + " listening below the sysctl net.ipv4.ip_unprivileged_port_start takes CAP_NET_BIND_SERVICE");
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(
                Set.of(Protocol.TCP, Protocol.UDP),
                EnumSet.allOf(IpFamily.class),
                EnumSet.allOf(Balancing.class),
                false,
                false,
                false,
                DEVIATIONS);
    }

    @Override
    public ModeSemantics semantics() {
        return SEMANTICS;
    }

    /** The settings are those of {@link UserspaceSettings}. */
    @Override
    public Backend open(BackendConfig config) throws BackendException {
        return UserspaceBackend.open(
                UserspaceSettings.of(config), config.stateDirectory().resolve("counters.dat"), System::nanoTime);
    }

    /** Its sockets end with the process, and a counters file is no concern of the node's. */
    @Override
    public CleanupReport cleanup(BackendConfig config, boolean dryRun) {
        return new CleanupReport(dryRun, List.of());
    }
}

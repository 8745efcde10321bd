package io.pointsman.spi.ipvs;

import io.pointsman.linux.Capability;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.ProcessCapabilities;
import io.pointsman.linux.iptables.FlavourProbe;
import io.pointsman.linux.ipvs.IpvsNetlink;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.linux.program.Orphans;
import io.pointsman.linux.program.ProgramResult;
import io.pointsman.linux.program.Programs;
import io.pointsman.linux.program.RuleTrial;
import io.pointsman.linux.route.VipLink;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.spi.Availability;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.Capabilities;
import io.pointsman.spi.Capabilities.Deviation;
import io.pointsman.spi.Capabilities.Feature;
import io.pointsman.spi.CleanupReport;
import io.pointsman.spi.ipvs.host.Leftovers;
import io.pointsman.spi.ipvs.host.Owned;
import io.pointsman.spi.ipvs.host.Trial;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Provider of the IPVS backend. */
public final class IpvsProvider implements BackendProvider {
    private static final Logger LOG = LoggerFactory.getLogger(IpvsProvider.class);

    /** Priority below the packet filters, which need no other programs and deviate less from the engine. */
    private static final int PRIORITY = 100;

    private static final List<Deviation> DEVIATIONS = List.of(
            new Deviation(
                    "affinity",
                    "a client is remembered for each VIP and node address separately, not for the Service port; where"
                            + " an external policy Local splits a Service's endpoints, this node's clients are not"
                            + " remembered but kept in place by a hash. While a client has connections (closed ones of"
                            + " TCP count 2 minutes, datagrams 5) it stays remembered, and the kernel checks that once"
                            + " a minute: the shortest timeout is a minute"),
            new Deviation(
                    "egress",
                    "masqueraded connections come from the address that the kernel picks for the outgoing interface"),
            new Deviation(
                    "idle",
                    "a TCP connection is forgotten after 15 minutes without a packet, the kernel's default (ipvsadm"
                            + " --set), not after 5 days"),
            new Deviation(
                    "removal",
                    "connections to a removed endpoint are cut at the drain deadline; the engine lets them end"),
            new Deviation(
                    "weights",
                    "scheduler mh keeps ratios of weights up to 63 to 1 and sh up to 255 to 1; larger ratios are"
                            + " reduced to what their tables can hold"),
            new Deviation(
                    "vips",
                    "every port of a VIP that is not in the plan refuses, also of external and load balancer"
                            + " addresses: they are this node's addresses, whose own daemons would answer otherwise"));

    public static final Capabilities CAPABILITIES = new Capabilities(
            EnumSet.allOf(Protocol.class),
            EnumSet.allOf(IpFamily.class),
            EnumSet.allOf(Balancing.class),
            Set.of(Feature.KEEPS_SOURCE, Feature.OWNS_FOREIGN_VIPS, Feature.SURVIVES_RESTART, Feature.AFFINITY),
            DEVIATIONS);

    @Override
    public String name() {
        return "ipvs";
    }

    @Override
    public int priority() {
        return PRIORITY;
    }

    @Override
    public Availability probe() {
        try {
            if (!ProcessCapabilities.current().has(Capability.NET_ADMIN)) {
                return new Availability.Unavailable("needs CAP_NET_ADMIN (root)");
            }
            final Optional<IpvsNetlink> ipvs = IpvsNetlink.open((_, _) -> {});
            if (ipvs.isEmpty()) {
                return new Availability.Unavailable(
                        "this kernel has no IPVS: modprobe ip_vs, or a kernel with CONFIG_IP_VS");
            }
            try (IpvsNetlink open = ipvs.get()) {
                final ProgramResult ipset = Programs.ofNobody().run("ipset", "list", "-n");
                if (!ipset.isSuccess()) {
                    return new Availability.Unavailable("ipset does not work: " + ipset.complaint());
                }
                // Without the program ip this is unknown, and the first plan shows it.
                if (RuleTrial.complaint(Programs.ofNobody(), "", "ip", "link", "add", "trial", "type", VipLink.KIND)
                        .filter(complaint -> complaint.contains("Unknown device type"))
                        .isPresent()) {
                    return new Availability.Unavailable(
                            "this kernel has no interfaces of type " + VipLink.KIND + ", for VIPs: modprobe dummy");
                }
                final FlavourProbe.Finding iptables = Trial.probe().find(Optional.empty());
                if (iptables.flavour().isEmpty()) {
                    return new Availability.Unavailable(iptables.reason());
                }
                return new Availability.Available(
                        "IPVS " + open.version() + " of this kernel, with ipset and " + iptables.reason());
            }
        } catch (KernelException e) {
            return new Availability.Unavailable("the kernel can't be asked: " + e.getMessage());
        } catch (IOException e) {
            return new Availability.Unavailable("apt install ipset iptables: " + e.getMessage());
        }
    }

    @Override
    public Capabilities capabilities() {
        return CAPABILITIES;
    }

    @Override
    public ModeSemantics semantics() {
        return ModeSemantics.IPVS;
    }

    /** Opens a backend with the keys of {@link IpvsSettings}. */
    @Override
    public Backend open(BackendConfig config) throws BackendException {
        return IpvsBackend.open(config);
    }

    /** Removes what the ledger records, so it also works if the kernel has no IPVS. */
    @Override
    public CleanupReport cleanup(BackendConfig config, boolean dryRun) throws BackendException {
        try {
            final String owner = config.stateDirectory().toAbsolutePath().toString();
            Orphans.await(owner, Orphans.PATIENCE, told -> LOG.info("ipvs: {}", told));
            final Ledger ledger = Owned.ledger(config.stateDirectory());
            final List<String> removed = Leftovers.remove(Programs.of(owner), ledger, dryRun);
            return new CleanupReport(dryRun, removed, ledger.complaints());
        } catch (IOException e) {
            throw new BackendException("ipvs: not everything could be removed: " + e.getMessage(), e);
        }
    }
}

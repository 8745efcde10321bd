package io.pointsman.spi.iptables;

import io.pointsman.linux.iptables.FlavourProbe;
import io.pointsman.linux.iptables.OwnedChain;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.linux.program.Orphans;
import io.pointsman.linux.program.Programs;
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
import io.pointsman.spi.iptables.kernel.Cleanup;
import io.pointsman.spi.iptables.kernel.IptablesHost;
import io.pointsman.spi.iptables.kernel.Trial;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Provider of the iptables backend, for the nft and legacy flavours. */
public final class IptablesProvider implements BackendProvider {
    private static final Logger LOG = LoggerFactory.getLogger(IptablesProvider.class);

    private static final int PRIORITY = 110;

    private static final List<Deviation> DEVIATIONS = List.of(
            new Deviation(
                    "affinity",
                    "the kernel remembers the last 100 clients of an endpoint (parameter ip_list_tot of module"
                            + " xt_recent); an earlier client may get another endpoint"),
            new Deviation(
                    "egress",
                    "masqueraded connections to destinations for which the plan names no range of their own come from"
                            + " the address that the kernel picks for the outgoing interface, as kube-proxy's do"),
            new Deviation(
                    "round-robin",
                    "with iptables-legacy each change of table nat, by any program, restarts the round of every"
                            + " Service"));

    public static final Capabilities CAPABILITIES = new Capabilities(
            EnumSet.allOf(Protocol.class),
            EnumSet.allOf(IpFamily.class),
            Set.of(Balancing.RANDOM, Balancing.ROUND_ROBIN, Balancing.WEIGHTED, Balancing.SOURCE_HASH),
            Set.of(Feature.KEEPS_SOURCE, Feature.OWNS_FOREIGN_VIPS, Feature.SURVIVES_RESTART, Feature.AFFINITY),
            DEVIATIONS);

    @Override
    public String name() {
        return "iptables";
    }

    @Override
    public int priority() {
        return PRIORITY;
    }

    @Override
    public Availability probe() {
        final FlavourProbe.Finding finding = Trial.probe(Programs.ofNobody()).find(Optional.empty());
        return finding.flavour().isPresent()
                ? new Availability.Available(finding.reason())
                : new Availability.Unavailable(finding.reason());
    }

    @Override
    public Capabilities capabilities() {
        return CAPABILITIES;
    }

    @Override
    public ModeSemantics semantics() {
        return ModeSemantics.IPTABLES;
    }

    /** Opens a backend with the keys of {@link IptablesSettings}. */
    @Override
    public Backend open(BackendConfig config) throws BackendException {
        return IptablesBackend.open(config);
    }

    /** Removes what the ledger records, for both flavours of iptables. */
    @Override
    public CleanupReport cleanup(BackendConfig config, boolean dryRun) throws BackendException {
        final IptablesSettings settings = IptablesSettings.of(config);
        try {
            final String owner = config.stateDirectory().toAbsolutePath().toString();
            Orphans.await(owner, Orphans.PATIENCE, told -> LOG.info("iptables: {}", told));
            final IptablesHost kernel = new IptablesHost(settings.place(), settings.lockWaitSeconds(), owner);
            final Ledger ledger = OwnedChain.ledger(config.stateDirectory());
            return new CleanupReport(dryRun, new Cleanup(kernel, ledger).run(dryRun), ledger.complaints());
        } catch (IOException e) {
            throw new BackendException("iptables: not everything could be removed: " + e.getMessage(), e);
        }
    }
}

package io.pointsman.spi.nftables;

import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.linux.ownership.Ledger;
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
import io.pointsman.spi.nftables.kernel.OwnTables;
import io.pointsman.spi.nftables.kernel.Trial;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Provider of the backend that programs nf_tables. */
public final class NftablesProvider implements BackendProvider {
    private static final int PRIORITY = 120;

    private static final List<Deviation> DEVIATIONS = List.of(
            new Deviation(
                    "affinity",
                    "at most affinity-size clients (a setting) are bound at a time, in each family; others are served,"
                            + " but may get another endpoint"),
            new Deviation(
                    "egress",
                    "masqueraded connections to destinations for which the plan names no range of their own come from"
                            + " the address that the kernel picks for the outgoing interface, as kube-proxy's do"),
            new Deviation(
                    "hairpin",
                    "an endpoint of another node that reaches itself through this one keeps its source, as in"
                            + " kube-proxy's nftables mode; that of an endpoint of this node is rewritten"),
            new Deviation(
                    "localhost-node-ports",
                    "where node-port-addresses name loopback, TCP and UDP node ports on 127.0.0.1 and ::1 are answered by this"
                            + " process, whose connections end with it; with localhost-node-ports: true those of IPv4 by"
                            + " the kernel in 127.0.0.0/8, SCTP too, with the sysctl route_localnet"));

    static final Capabilities CAPABILITIES = new Capabilities(
            EnumSet.allOf(Protocol.class),
            EnumSet.allOf(IpFamily.class),
            Set.of(Balancing.RANDOM, Balancing.WEIGHTED, Balancing.SOURCE_HASH, Balancing.MAGLEV),
            Set.of(Feature.KEEPS_SOURCE, Feature.OWNS_FOREIGN_VIPS, Feature.SURVIVES_RESTART, Feature.AFFINITY),
            DEVIATIONS);

    @Override
    public String name() {
        return "nftables";
    }

    @Override
    public int priority() {
        return PRIORITY;
    }

    @Override
    public Availability probe() {
        final Optional<String> obstacle = Trial.obstacle(Whereabouts.here());
        return obstacle.isEmpty()
                ? new Availability.Available(
                        "nf_tables supports all that is needed (tried in transactions that create no table)")
                : new Availability.Unavailable(obstacle.get());
    }

    @Override
    public Capabilities capabilities() {
        return CAPABILITIES;
    }

    @Override
    public ModeSemantics semantics() {
        return ModeSemantics.NFTABLES;
    }

    /** Opens the backend with the settings of {@link NftablesSettings}. */
    @Override
    public Backend open(BackendConfig config) throws BackendException {
        return NftablesBackend.open(config);
    }

    /** Removes what the ledger lists, and nothing else. */
    @Override
    public CleanupReport cleanup(BackendConfig config, boolean dryRun) throws BackendException {
        final NftablesSettings settings = NftablesSettings.of(config);
        try {
            final Ledger ledger = OwnTables.ledger(config.stateDirectory());
            return new CleanupReport(
                    dryRun, new OwnTables(settings.place(), ledger).remove(dryRun), ledger.complaints());
        } catch (IOException e) {
            throw new BackendException("nftables: not everything could be removed: " + e.getMessage(), e);
        }
    }
}

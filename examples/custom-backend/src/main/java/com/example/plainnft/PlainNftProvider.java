package com.example.plainnft;

import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.ModeSemantics.Answer;
import io.pointsman.plan.NodeFacts;
import io.pointsman.spi.Availability;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.Capabilities;
import io.pointsman.spi.Capabilities.Deviation;
import io.pointsman.spi.Capabilities.Feature;
import io.pointsman.spi.CleanupReport;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Describes and opens this backend. Found by its name in META-INF/services. */
public final class PlainNftProvider implements BackendProvider {
    static final String NAME = "plain-nft";

    private static final List<Deviation> DEVIATIONS = List.of(
            new Deviation("affinity", "clients are not bound to an endpoint; rules that ask for it are degraded"),
            new Deviation("egress", "masqueraded connections come from the address that the kernel picks"),
            new Deviation("loopback", "node ports do not answer on loopback addresses"),
            new Deviation("scale", "every change writes every rule again"));

    static final Capabilities CAPABILITIES = new Capabilities(
            EnumSet.allOf(Protocol.class),
            EnumSet.allOf(IpFamily.class),
            Set.of(Balancing.RANDOM, Balancing.ROUND_ROBIN, Balancing.SOURCE_HASH),
            Set.of(Feature.KEEPS_SOURCE, Feature.OWNS_FOREIGN_VIPS, Feature.SURVIVES_RESTART),
            DEVIATIONS);

    @Override
    public String name() {
        return NAME;
    }

    /** Lowest priority: {@code auto} never takes this backend if one of Pointsman's own can run. */
    @Override
    public int priority() {
        return 1;
    }

    /** Has nft check the rules of an empty plan, which needs the program, the kernel's support and the privilege. */
    @Override
    public Availability probe() {
        final NodeFacts nobody = NodeFacts.builder("probe").build();
        try {
            final Nft.Result result = Nft.run(Ruleset.of(ForwardingPlan.empty(nobody)), "-c", "-f", "-");
            return result.isSuccess()
                    ? new Availability.Available("nft takes our rules")
                    : new Availability.Unavailable("nft refuses our rules: " + result.complaint()
                            + "; it takes nft 1.0.1, a kernel with nf_tables, and CAP_NET_ADMIN");
        } catch (IOException e) {
            return new Availability.Unavailable(e.getMessage() + "; install the package nftables");
        }
    }

    @Override
    public Capabilities capabilities() {
        return CAPABILITIES;
    }

    @Override
    public ModeSemantics semantics() {
        return ModeSemantics.of(Action.PASS, Answer.SOURCE_RANGES_FIRST);
    }

    @Override
    public Backend open(BackendConfig config) throws BackendException {
        if (!config.settings().isEmpty()) {
            throw new BackendException(
                    NAME + ": it has no settings, so not " + config.settings().keySet() + "; nothing was changed");
        }
        return PlainNftBackend.open(config.stateDirectory());
    }

    /** Uses only the ledger, so that it works even if a foreign table keeps the backend from being opened. */
    @Override
    public CleanupReport cleanup(BackendConfig config, boolean dryRun) throws BackendException {
        try {
            return new CleanupReport(dryRun, new OwnTables(config.stateDirectory()).remove(dryRun));
        } catch (IOException e) {
            throw new BackendException(NAME + ": not everything could be removed: " + e.getMessage(), e);
        }
    }
}

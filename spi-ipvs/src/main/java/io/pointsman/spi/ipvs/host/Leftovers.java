package io.pointsman.spi.ipvs.host;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.backend.OwnedSysctls;
import io.pointsman.linux.ipset.IpsetNetlink;
import io.pointsman.linux.ipset.Ipsets;
import io.pointsman.linux.iptables.ChainRemoval;
import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.ipvs.FoundServer;
import io.pointsman.linux.ipvs.IpvsNetlink;
import io.pointsman.linux.ipvs.ServerKey;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.linux.program.Programs;
import io.pointsman.linux.route.VipLink;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Removal of what the ledger records as ours. VIPs come first, so that no packet reaches a half-removed rule. */
public final class Leftovers {
    private Leftovers() {}

    /** Removes everything recorded; returns one line for each item, also with {@code dryRun}, which changes nothing. */
    public static List<String> remove(Programs programs, Ledger ledger, boolean dryRun) throws IOException {
        final List<String> removed = new ArrayList<>();
        if (!ledger.owned(Owned.LINK).isEmpty()) {
            removed.addAll(link(dryRun));
        }
        final Set<Flavour> flavours = ledger.owned(Owned.RULES);
        for (Flavour flavour : flavours) {
            for (IpFamily family : IpFamily.values()) {
                removed.addAll(rules(programs, flavour, family, dryRun));
            }
        }
        if (!flavours.isEmpty()) {
            final Set<String> names = new TreeSet<>(SetKind.ours(new Ipsets(programs).names()));
            names.forEach(name -> removed.add("ipset " + name));
            if (!dryRun && !names.isEmpty()) {
                try (IpsetNetlink sets = IpsetNetlink.open()) {
                    sets.destroy(names);
                }
            }
        }
        servers(ledger, dryRun).forEach(key -> removed.add(key.toString()));
        removed.addAll(new OwnedSysctls(ledger).restore(dryRun));
        if (!dryRun) {
            ledger.clear();
        }
        return removed;
    }

    /** Removes our rules from one flavour of iptables; returns one line for each chain and jump. */
    public static List<String> rules(Programs programs, Flavour flavour, IpFamily family, boolean dryRun)
            throws IOException {
        return new ChainRemoval(RuleText.programs(programs), RuleText.LAYOUT)
                .run(flavour, family, (_, _) -> true, dryRun);
    }

    private static List<String> link(boolean dryRun) throws KernelException {
        try (VipLink vips = Owned.vips()) {
            return vips.remove(dryRun) ? List.of("interface " + Owned.LINK_NAME + " and its VIPs") : List.of();
        }
    }

    /** Removes our virtual servers and returns them; none if the kernel's module is unloaded, which removed them. */
    private static List<ServerKey> servers(Ledger ledger, boolean dryRun) throws KernelException {
        if (ledger.owned(Owned.SERVER).isEmpty()) {
            return List.of();
        }
        final List<KernelException> failures = new ArrayList<>();
        final var kernel = IpvsNetlink.open((_, why) -> failures.add(why));
        if (kernel.isEmpty()) {
            return List.of();
        }
        try (IpvsNetlink open = kernel.get()) {
            final List<ServerKey> ours = new ArrayList<>();
            for (FoundServer found : open.servers()) {
                if (ledger.owns(Owned.SERVER, found.key())) {
                    ours.add(found.key());
                }
            }
            if (!dryRun) {
                for (ServerKey key : ours) {
                    open.delete(key);
                }
                open.flush();
            }
            if (!failures.isEmpty()) {
                throw failures.getFirst();
            }
            return ours;
        }
    }
}

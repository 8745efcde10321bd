package io.pointsman.spi.iptables.kernel;

import io.pointsman.linux.Sysctl;
import io.pointsman.linux.backend.OwnedSysctls;
import io.pointsman.linux.iptables.RulePrograms;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.linux.program.Orphans;
import io.pointsman.linux.program.Programs;
import io.pointsman.spi.iptables.render.Names;
import java.io.IOException;
import java.util.List;

/** Rules and sysctls of one network namespace, accessed through the host's programs. Any thread. */
public final class IptablesHost {
    private static final Sysctl ROUTE_LOCALNET = Sysctl.must("net.ipv4.conf.all.route_localnet", "1");
    private static final String BE_LIBERAL = "net.netfilter.nf_conntrack_tcp_be_liberal";

    private final Whereabouts place;
    private final Programs programs;
    private final RulePrograms rules;

    /** @param owner owner of the started programs, for {@link Orphans} */
    public IptablesHost(Whereabouts place, int lockWaitSeconds, String owner) {
        this.place = place;
        this.programs = new Programs(owner, builder -> place.call(builder::start));
        this.rules = new RulePrograms(programs, Names.PREFIX, lockWaitSeconds);
    }

    /** Programs for chains whose names begin with {@link Names#PREFIX}. */
    RulePrograms rules() {
        return rules;
    }

    /** Whether a process is or was one of our writers, among the last {@value Programs#REMEMBERED}. */
    public boolean isOwn(int pid) {
        return programs.isOwn(pid);
    }

    /** Whether conntrack accepts packets outside the TCP window, so that none is {@code INVALID} for that. */
    public boolean isLiberal() throws IOException {
        return !place.call(() -> Sysctl.read(BE_LIBERAL)).orElse("0").equals("0");
    }

    /** Allows packets of 127.0.0.0/8 to be routed off the node after translation. */
    public void routeLoopback(Ledger ledger) throws IOException {
        place.call(() -> new OwnedSysctls(ledger).set(List.of(ROUTE_LOCALNET)));
    }

    /** Restores the sysctls that we changed; returns one line for each. */
    List<String> restoreSysctls(Ledger ledger, boolean dryRun) throws IOException {
        return place.call(() -> new OwnedSysctls(ledger).restore(dryRun));
    }
}

package io.pointsman.spi.ipvs.host;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.FlavourProbe;
import io.pointsman.linux.iptables.Hook;
import io.pointsman.linux.iptables.Restore;
import io.pointsman.linux.iptables.RuleAudit;
import io.pointsman.linux.iptables.RulePrograms;
import io.pointsman.linux.iptables.SavedTable;
import io.pointsman.linux.program.Programs;
import io.pointsman.linux.program.RuleTrial;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Our chains in one flavour of iptables, in the network namespace of the calling thread. */
public final class Iptables {
    private static final String CHAIN_PREFIX = SetKind.PREFIX + "-";
    private static final int LOCK_WAIT_SECONDS = 10;

    /** A set like ours, then the rules, by the program that is its first argument. */
    private static final String TRIAL =
            "ipset create PTV-TRIAL hash:ip,port skbinfo && exec \"$0\" --noflush -w " + LOCK_WAIT_SECONDS;

    /** Rules like ours. */
    private static final String TRIAL_RULES = """
        *mangle
        :PTV-TRIAL - [0:0]
        -A PTV-TRIAL -m conntrack --ctstate NEW -m connmark --mark 0x1/0x1 -j CONNMARK --set-xmark 0x2/0x2
        -A PTV-TRIAL -m set --match-set PTV-TRIAL dst,dst -j SET --map-set PTV-TRIAL dst,dst --map-mark
        COMMIT
        *nat
        -A POSTROUTING -m connmark --mark 0x1/0x1 -j MASQUERADE --random-fully
        COMMIT
        """;

    private final RulePrograms programs;
    private final Flavour flavour;

    public Iptables(Programs programs, Flavour flavour) {
        this.programs = new RulePrograms(programs, CHAIN_PREFIX, LOCK_WAIT_SECONDS);
        this.flavour = flavour;
    }

    /** Finds the iptables to use. */
    public static FlavourProbe probe() {
        return new FlavourProbe(
                Programs.ofNobody(),
                CHAIN_PREFIX,
                (trying, flavour) ->
                        RuleTrial.complaint(trying, TRIAL_RULES, "sh", "-c", TRIAL, flavour.restore(IpFamily.IPV4)));
    }

    public Flavour flavour() {
        return flavour;
    }

    /** Writes our chains again, a table at a time as a whole, and leads the built-in ones to them. */
    public void write(IpFamily family, Map<String, Map<String, String>> tables) throws IOException {
        final Map<String, SavedTable> before = saved(family);
        final Restore restore = restore();
        tables.forEach((table, chains) -> {
            restore.chains(table, new TreeMap<String, @Nullable String>(chains));
            final SavedTable.Difference hooks = in(before, table).compare(hooks(table));
            hooks.missing().forEach(hook -> restore.insert(table, hook));
            hooks.surplus().forEach(rule -> restore.delete(table, rule.builtIn(), rule.rule()));
        });
        programs.load(flavour, family, restore);
    }

    private static Restore restore() {
        return new Restore(RuleText.TABLES);
    }

    private static List<Hook> hooks(String table) {
        return RuleText.HOOKS.getOrDefault(table, List.of());
    }

    private static SavedTable in(Map<String, SavedTable> saved, String table) {
        return saved.getOrDefault(table, SavedTable.empty(CHAIN_PREFIX));
    }

    /** The tables as the kernel has them. */
    public Map<String, SavedTable> saved(IpFamily family) throws IOException {
        return programs.save(flavour, family, RuleText.TABLES);
    }

    /** One sentence for each difference between the kernel and what was read back after it was written. */
    public List<String> differences(IpFamily family, Map<String, SavedTable> written) throws IOException {
        final Map<String, SavedTable> now = saved(family);
        final List<String> findings = new ArrayList<>();
        for (String table : RuleText.TABLES) {
            findings.addAll(RuleAudit.differences(
                    family + " table " + table + ": ",
                    hooks(table),
                    in(written, table).chains(),
                    in(now, table)));
        }
        return RuleAudit.shortened(findings);
    }

    /** Whether ours is the same in both. */
    public static boolean areSame(Map<String, SavedTable> one, Map<String, SavedTable> other) {
        return RuleText.TABLES.stream()
                .allMatch(
                        table -> in(one, table).chains().equals(in(other, table).chains())
                                && in(one, table)
                                        .compare(hooks(table))
                                        .equals(in(other, table).compare(hooks(table))));
    }

    /** Removes our chains and what leads to them; returns a line for each chain. */
    public List<String> remove(IpFamily family, boolean dryRun) throws IOException {
        final Map<String, SavedTable> saved = saved(family);
        final List<String> removed = new ArrayList<>();
        final Restore restore = restore();
        for (String table : RuleText.TABLES) {
            in(saved, table).leadingToOurs().forEach(rule -> restore.delete(table, rule.builtIn(), rule.rule()));
            final Map<String, @Nullable String> gone = new TreeMap<>();
            in(saved, table).chains().keySet().forEach(chain -> gone.put(chain, null));
            restore.chains(table, gone);
            gone.keySet().forEach(chain -> removed.add(family + " table " + table + ": chain " + chain));
        }
        if (!dryRun) {
            programs.load(flavour, family, restore);
        }
        return removed;
    }
}

package io.pointsman.spi.ipvs;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.SavedRule;
import io.pointsman.linux.program.Programs;
import io.pointsman.linux.program.RuleTrial;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Our chains in one kind of iptables, in the network namespace of the calling thread. */
final class Iptables {
    private static final String CHAIN_PREFIX = SetKind.PREFIX + "-";
    private static final String LOCK_WAIT_SECONDS = "10";

    /** A set like ours, then the rules, by the program that is its first argument. */
    private static final String TRIAL = "ipset create PTV-TRIAL hash:ip,port skbinfo && exec \"$0\" --noflush";

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

    private final Programs programs;
    private final Flavour flavour;

    Iptables(Programs programs, Flavour flavour) {
        this.programs = programs;
        this.flavour = flavour;
    }

    /** Of the kinds that work here the one that holds the host's rules; nft when neither does, or both do. */
    static Optional<Flavour> find() {
        final List<Flavour> working =
                Arrays.stream(Flavour.values()).filter(Iptables::works).toList();
        return working.stream().filter(Iptables::isUsed).findFirst().or(() -> working.stream()
                .findFirst());
    }

    private static boolean works(Flavour flavour) {
        return RuleTrial.complaint(Programs.ofNobody(), TRIAL_RULES, "sh", "-c", TRIAL, flavour.restore(IpFamily.IPV4))
                .isEmpty();
    }

    private static boolean isUsed(Flavour flavour) {
        try {
            return Programs.ofNobody().run(flavour.save(IpFamily.IPV4)).output().contains("\n-A ");
        } catch (IOException _) {
            return false; // not installed
        }
    }

    Flavour flavour() {
        return flavour;
    }

    /** Writes our chains anew, a table at a time as a whole, and leads the built-in ones to them. */
    void write(IpFamily family, Map<String, Map<String, List<String>>> tables) throws IOException {
        final Map<String, List<String>> before = saved(family);
        final StringBuilder text = new StringBuilder();
        tables.forEach((table, chains) -> {
            text.append('*').append(table).append('\n');
            chains.keySet().forEach(name -> text.append(':').append(name).append(" - [0:0]\n"));
            chains.forEach((name, rules) -> rules.forEach(rule ->
                    text.append("-A ").append(name).append(' ').append(rule).append('\n')));
            RuleText.HOOKS.getOrDefault(table, Map.of()).forEach((builtIn, chain) -> {
                final String rule = builtIn + " -j " + chain;
                if (!before.getOrDefault(table, List.of()).contains("-A " + rule)) {
                    text.append("-I ").append(rule).append('\n');
                }
            });
            text.append("COMMIT\n");
        });
        restore(family, text.toString());
    }

    private void restore(IpFamily family, String text) throws IOException {
        programs.require(text, flavour.restore(family), "--noflush", "-w", LOCK_WAIT_SECONDS);
    }

    /** Every line of ours, by table: {@code -A} of our chains, and of built-in ones that lead to them. */
    Map<String, List<String>> saved(IpFamily family) throws IOException {
        final Map<String, List<String>> tables = new LinkedHashMap<>();
        String table = "";
        for (String line : programs.require("", flavour.save(family)).split("\n", -1)) {
            if (line.startsWith("*")) {
                table = line.substring(1);
            } else if (line.startsWith("-A ") && isOurs(line)) {
                tables.computeIfAbsent(table, _ -> new ArrayList<>()).add(line);
            } else if (line.startsWith(":" + CHAIN_PREFIX)) {
                tables.computeIfAbsent(table, _ -> new ArrayList<>()).add(line.substring(0, line.indexOf(' ')));
            }
        }
        return tables;
    }

    /** By its chain or by where it leads, whatever else it says. */
    private static boolean isOurs(String line) {
        return line.startsWith("-A " + CHAIN_PREFIX)
                || SavedRule.target(line)
                        .filter(target -> target.startsWith(CHAIN_PREFIX))
                        .isPresent();
    }

    /** Removes our chains and what leads to them; returns a line for each. */
    List<String> remove(IpFamily family, boolean dryRun) throws IOException {
        final List<String> removed = new ArrayList<>();
        final StringBuilder text = new StringBuilder();
        saved(family).forEach((table, lines) -> {
            text.append('*').append(table).append('\n');
            final List<String> chains = lines.stream()
                    .filter(line -> line.startsWith(":"))
                    .map(line -> line.substring(1))
                    .toList();
            lines.stream()
                    .filter(line -> line.startsWith("-A ") && !line.startsWith("-A " + CHAIN_PREFIX))
                    .forEach(line ->
                            text.append("-D ").append(line, 3, line.length()).append('\n'));
            chains.forEach(chain -> text.append("-F ").append(chain).append('\n'));
            chains.forEach(chain -> text.append("-X ").append(chain).append('\n'));
            text.append("COMMIT\n");
            chains.forEach(chain -> removed.add(family + " table " + table + ": chain " + chain));
        });
        if (!dryRun && !text.isEmpty()) {
            restore(family, text.toString());
        }
        return removed;
    }
}

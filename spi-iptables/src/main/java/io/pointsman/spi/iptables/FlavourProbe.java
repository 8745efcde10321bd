package io.pointsman.spi.iptables;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.program.ProgramResult;
import io.pointsman.linux.program.Programs;
import io.pointsman.linux.program.RuleTrial;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds out which iptables the host uses: rules in the other one would be met in an order that nobody controls. */
final class FlavourProbe {
    private static final int NAMED_CHAINS = 3;

    /** Rules of the kinds that are needed. */
    private static final String TRIAL = """
            *nat
            :PTS-TRIAL - [0:0]
            -A PTS-TRIAL -p tcp -m statistic --mode random --probability 0.5 -j DNAT --to-destination 192.0.2.1:80
            -A PTS-TRIAL -j CONNMARK --set-xmark 0x0/0x2000
            -A PREROUTING -j PTS-TRIAL
            COMMIT
            *filter
            -A FORWARD -m connmark --mark 0x2000/0x2000 -m conntrack --ctstatus CONFIRMED -j ACCEPT
            -A FORWARD -m conntrack --ctstate NEW -j REJECT
            COMMIT
            """;

    private final Programs programs;

    /**
     * What was found.
     *
     * @param flavour the one to use; empty when there is none, or no telling
     * @param reason how that was seen, or what to do
     */
    record Finding(Optional<Flavour> flavour, String reason) {}

    FlavourProbe(Programs programs) {
        this.programs = programs;
    }

    Finding find(Optional<Flavour> wanted) {
        final Map<Flavour, List<String>> foreign = new EnumMap<>(Flavour.class);
        final List<String> complaints = new ArrayList<>();
        for (Flavour flavour : Flavour.values()) {
            if (wanted.isEmpty() || wanted.get() == flavour) {
                try {
                    tryOut(flavour);
                    foreign.put(flavour, foreignRules(flavour));
                } catch (IOException e) {
                    complaints.add(e.getMessage() == null ? flavour.word() : e.getMessage());
                }
            }
        }
        if (foreign.isEmpty()) {
            return new Finding(
                    Optional.empty(),
                    "no iptables that works: " + String.join("; ", complaints)
                            + ". Install the package iptables and run with CAP_NET_ADMIN");
        }
        return choose(foreign);
    }

    private Finding choose(Map<Flavour, List<String>> foreign) {
        final List<Flavour> used = foreign.keySet().stream()
                .filter(flavour -> !foreign.getOrDefault(flavour, List.of()).isEmpty())
                .toList();
        if (used.size() > 1) {
            return new Finding(
                    Optional.empty(),
                    "both iptables hold rules, nft (" + names(foreign, Flavour.NFT) + ") and legacy ("
                            + names(foreign, Flavour.LEGACY) + "): remove those of one, or set flavour");
        }
        if (used.size() == 1) {
            return new Finding(
                    Optional.of(used.getFirst()),
                    "iptables-" + used.getFirst().word() + ", which holds the host's rules ("
                            + names(foreign, used.getFirst()) + ")");
        }
        if (foreign.size() == 1) {
            final Flavour only = foreign.keySet().iterator().next();
            return new Finding(Optional.of(only), "iptables-" + only.word());
        }
        final Flavour usual = usual();
        return new Finding(Optional.of(usual), "iptables-" + usual.word() + ", the host's default");
    }

    private static String names(Map<Flavour, List<String>> foreign, Flavour flavour) {
        final List<String> all = foreign.getOrDefault(flavour, List.of());
        final String some = String.join(", ", all.subList(0, Math.min(NAMED_CHAINS, all.size())));
        return all.size() > NAMED_CHAINS ? some + " and " + (all.size() - NAMED_CHAINS) + " more" : some;
    }

    /** One that is installed need not have its part of the kernel. */
    private void tryOut(Flavour flavour) throws IOException {
        final String program = flavour.restore(IpFamily.IPV4);
        final Optional<String> complaint = RuleTrial.complaint(programs, TRIAL, program, "--noflush");
        if (complaint.isPresent()) {
            throw new IOException(program + " can't load rules here: " + complaint.get());
        }
    }

    /** Chains of others, and built-in chains with rules of others. */
    private List<String> foreignRules(Flavour flavour) throws IOException {
        final List<String> names = new ArrayList<>();
        for (IpFamily family : IpFamily.values()) {
            final ProgramResult result = programs.run(flavour.save(family));
            if (!result.isSuccess()) {
                throw new IOException(flavour.save(family) + ": " + result.complaint());
            }
            SavedTable.parse(result.output()).forEach((word, table) -> Stream.concat(
                            table.foreignChains().stream(),
                            table.builtIn().keySet().stream().filter(table::hasForeignRule))
                    .sorted()
                    .forEach(name -> names.add(word + " " + name)));
        }
        return names;
    }

    /** What plain {@code iptables} is on this host. */
    private Flavour usual() {
        try {
            return programs.run("iptables", "--version").output().contains("legacy") ? Flavour.LEGACY : Flavour.NFT;
        } catch (IOException _) {
            return Flavour.NFT; // no alternative is set up, so take the one that is maintained
        }
    }
}

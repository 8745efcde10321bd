package io.pointsman.linux.iptables;

import io.pointsman.linux.program.Programs;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds out which iptables the host uses: the order between rules of the two is undefined. */
public final class FlavourProbe {
    private static final int NAMED_CHAINS = 3;

    private final Programs programs;
    private final String prefix;
    private final Trial trial;

    /** Trial whether a flavour can load the rules that are needed. */
    public interface Trial {
        /** Returns the program's complaint; empty if it can load the rules. Changes nothing. */
        Optional<String> complaint(Programs programs, Flavour flavour);
    }

    /**
     * Result of a probe.
     *
     * @param flavour the one to use; empty if none works, or if it is undecided
     * @param reason how it was found, or what to do
     */
    public record Finding(Optional<Flavour> flavour, String reason) {}

    /**
     * Creates a probe of the host where these programs run.
     *
     * @param prefix of our own chains, which do not count as the host's rules
     */
    public FlavourProbe(Programs programs, String prefix, Trial trial) {
        this.programs = programs;
        this.prefix = prefix;
        this.trial = trial;
    }

    /**
     * Finds the flavour to use.
     *
     * @param wanted the only one to look at; empty for both
     */
    public Finding find(Optional<Flavour> wanted) {
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
                    "no working iptables: " + String.join("; ", complaints)
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

    /** Tries whether a flavour can load rules: its program may be installed while its part of the kernel is missing. */
    private void tryOut(Flavour flavour) throws IOException {
        final Optional<String> complaint = trial.complaint(programs, flavour);
        if (complaint.isPresent()) {
            throw new IOException(flavour.restore(IpFamily.IPV4) + " can't load rules here: " + complaint.get());
        }
    }

    /** Returns other programs' chains, and built-in chains with their rules. */
    private List<String> foreignRules(Flavour flavour) throws IOException {
        final List<String> names = new ArrayList<>();
        for (IpFamily family : IpFamily.values()) {
            SavedTable.parse(programs.require("", flavour.save(family)), prefix).forEach((word, table) -> Stream.concat(
                            table.foreignChains().stream(),
                            table.builtIn().keySet().stream().filter(table::hasForeignRule))
                    .sorted()
                    .forEach(name -> names.add(word + " " + name)));
        }
        return names;
    }

    /** Returns the flavour of plain {@code iptables} on this host. */
    private Flavour usual() {
        try {
            return programs.run("iptables", "--version").output().contains("legacy") ? Flavour.LEGACY : Flavour.NFT;
        } catch (IOException _) {
            return Flavour.NFT; // no alternative is set up, so take the one that is maintained
        }
    }
}

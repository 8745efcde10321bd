package io.pointsman.agent.doctor;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.UnshownTables;
import io.pointsman.linux.program.ProgramResult;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Rows about the programs that write packet filter rules, and about the rules of others. */
final class PacketFilterRows {
    private static final String AS_ROOT = "run this as root";

    private final Host host;

    PacketFilterRows(Host host) {
        this.host = host;
    }

    void look(Rows rows) throws IOException {
        program(
                rows,
                "nft",
                "for administrators, and for mode userspace where it keeps client addresses: apt install nftables");
        program(rows, "conntrack", "for administrators: apt install conntrack");
        program(rows, "ipset", "mode ipvs needs it: apt install ipset");
        flavours(rows);
        chains(rows);
    }

    private void program(Rows rows, String name, String remedy) throws IOException {
        final Optional<Path> program = host.program(name);
        if (program.isEmpty()) {
            rows.note(name, "not installed", remedy);
        } else {
            rows.fine(name, version(program.get()));
        }
    }

    private String version(Path program) throws IOException {
        final ProgramResult result = host.run(program, "--version");
        return result.isSuccess()
                ? result.output().lines().findFirst().orElse("").strip()
                : "--version failed: " + result.complaint();
    }

    private void flavours(Rows rows) throws IOException {
        final List<String> withRules = new ArrayList<>();
        String obstacle = host.mayAskNetwork() ? "" : "needs CAP_NET_ADMIN";
        for (Flavour flavour : Flavour.values()) {
            final Optional<Path> save = host.program(flavour.save(IpFamily.IPV4));
            if (save.isEmpty()) {
                rows.note(
                        "iptables-" + flavour.word(),
                        "not installed",
                        "mode iptables needs one of the two: apt install iptables");
                continue;
            }
            rows.fine("iptables-" + flavour.word(), version(save.get()));
            for (IpFamily family : IpFamily.values()) {
                final Optional<Path> own = host.program(flavour.save(family));
                if (obstacle.isEmpty() && own.isPresent()) {
                    final ProgramResult rules = host.run(own.get());
                    obstacle = rules.isSuccess() ? "" : flavour.save(family) + ": " + rules.complaint();
                    for (String table : UnshownTables.in(rules.output())) {
                        rows.toDo(
                                flavour.save(family),
                                "does not show table " + table + ", so tools that save rules lose it",
                                UnshownTables.words(flavour, family, table));
                    }
                    for (PublishedPorts published : PublishedPorts.in(rules.output())) {
                        published(rows, flavour.save(family), published);
                    }
                    if (rules.output().lines().anyMatch(line -> line.startsWith("-A "))) {
                        withRules.add(flavour.word());
                    }
                }
            }
        }
        final List<String> inUse = withRules.stream().distinct().toList();
        if (!obstacle.isEmpty()) {
            rows.unseen("iptables rules", obstacle, host.mayAskNetwork() ? "nft list ruleset shows all" : AS_ROOT);
        } else if (inUse.size() > 1) {
            rows.toDo(
                    "iptables rules",
                    "of both flavours: packets pass both, and the tools of one don't show the rules of the other",
                    "find out which program writes which, and move all to one: update-alternatives --config iptables");
        } else {
            rows.fine("iptables rules", inUse.isEmpty() ? "none" : "of flavour " + inUse.getFirst() + " only");
        }
    }

    private static void published(Rows rows, String subject, PublishedPorts published) {
        rows.note(
                subject,
                "chain " + published.chain() + " answers at every address of this host, port "
                        + String.join(", ", published.ports()),
                "in modes userspace and ipvs VIPs are such addresses: on this host the chain takes the connections of"
                        + " Services with such a port; in modes nftables and iptables it does not");
    }

    private void chains(Rows rows) throws IOException {
        final Optional<Path> nft = host.program("nft");
        if (nft.isEmpty()) {
            rows.unseen("nftables chains", "nft is not installed", "apt install nftables");
            return;
        }
        if (!host.mayAskNetwork()) {
            rows.unseen("nftables chains", "needs CAP_NET_ADMIN", AS_ROOT);
            return;
        }
        final ProgramResult listed = host.run(nft.get(), "-y", "list", "chains");
        if (!listed.isSuccess()) {
            rows.unseen("nftables chains", listed.complaint(), "nft list chains");
            return;
        }
        boolean isAlone = true;
        for (BaseChain chain : BaseChain.parse(listed.output())) {
            if (chain.isOurs()) {
                continue;
            }
            if (chain.isAtOurPriority()) {
                isAlone = false;
                rows.note(
                        chain.name(),
                        "translates at hook " + chain.hook() + ", priority " + chain.priority()
                                + ", like modes iptables and nftables",
                        "of two chains that translate a packet the one created first wins; check whose VIPs it"
                                + " translates");
            }
            if (chain.dropsWhatPasses()) {
                isAlone = false;
                rows.note(
                        chain.name(),
                        "its policy drops forwarded packets",
                        "mode iptables accepts translated connections in chain FORWARD only; this chain needs a rule"
                                + " of its own that accepts them: ct status dnat accept");
            }
        }
        if (isAlone) {
            rows.fine(
                    "nftables chains",
                    "no other program translates at the priorities of modes iptables and nftables, or drops forwarded"
                            + " packets by policy");
        }
    }
}

package io.pointsman.agent.kubeproxy;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.UnshownTables;
import io.pointsman.linux.program.ProgramResult;
import io.pointsman.linux.program.Programs;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Removes what kube-proxy created in the calling thread's network namespace, in any of its modes. Recognises it by name,
 * and removes nothing else. Rules go first, so that no packet is sent to a chain, a virtual server or an address that is
 * gone.
 */
public final class KubeProxyCleanup {
    private static final String LOCK_WAIT_SECONDS = "30";

    private final Programs programs = Programs.of("");
    private final boolean dryRun;
    private final boolean withVirtualServers;
    private final List<String> removed = new ArrayList<>();
    private final List<String> kept = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();

    /**
     * Result of a cleanup.
     *
     * @param removed a line for each object removed, or that would be
     * @param kept a line for each object of kube-proxy's that stays, with the reason
     * @param failures a sentence for each part that could not be read or removed; the other parts were
     */
    public record Report(List<String> removed, List<String> kept, List<String> failures) {
        public Report {
            removed = List.copyOf(removed);
            kept = List.copyOf(kept);
            failures = List.copyOf(failures);
        }
    }

    private KubeProxyCleanup(Extent extent, boolean withVirtualServers) {
        this.dryRun = extent == Extent.LOOK;
        this.withVirtualServers = withVirtualServers;
    }

    /** Whether to remove, or only to list. */
    public enum Extent {
        /** Lists without removing. */
        LOOK,
        REMOVE
    }

    /**
     * Lists kube-proxy's objects, and removes them if requested.
     *
     * @param withVirtualServers whether virtual servers of IPVS may be removed; those of another running proxy can
     *     have the same addresses
     */
    public static Report run(Extent extent, boolean withVirtualServers) {
        final KubeProxyCleanup cleanup = new KubeProxyCleanup(extent, withVirtualServers);
        for (Flavour flavour : Flavour.values()) {
            for (IpFamily family : IpFamily.values()) {
                cleanup.attempt(flavour.save(family), () -> cleanup.iptables(flavour, family));
            }
        }
        cleanup.attempt("nft", cleanup::nftables);
        cleanup.attempt(KubeProxyNames.IPVS_LINK, cleanup::ipvs);
        cleanup.attempt("ipset", cleanup::sets);
        return new Report(cleanup.removed, cleanup.kept, cleanup.failures);
    }

    private interface Step {
        void run() throws IOException;
    }

    private void attempt(String where, Step step) {
        try {
            step.run();
        } catch (IOException e) {
            failures.add(where + ": " + e.getMessage());
        }
    }

    /** Runs a program that changes nothing, and returns its output. */
    private String look(String... command) throws IOException {
        return programs.require("", command);
    }

    private boolean isInstalled(String program) throws IOException {
        return programs.run("sh", "-c", "command -v \"$0\" >/dev/null", program).isSuccess();
    }

    private void iptables(Flavour flavour, IpFamily family) throws IOException {
        if (!isInstalled(flavour.save(family))) {
            if (flavour == Flavour.NFT || hasLegacyTables(family)) {
                failures.add(flavour.save(family) + " is not installed: rules of this kind were not looked for");
            }
            return;
        }
        final String saved = look(flavour.save(family));
        UnshownTables.in(saved).forEach(table -> failures.add(UnshownTables.words(flavour, family, table)));
        final Map<String, SavedRules> tables = SavedRules.parse(saved);
        final StringBuilder restore = new StringBuilder();
        final List<String> lines = new ArrayList<>();
        tables.forEach((name, rules) -> {
            final TableRemoval removal = TableRemoval.of(name, rules);
            final String where = "iptables " + flavour.word() + " " + family + " table " + name + ": ";
            removal.jumps().forEach(rule -> lines.add(where + "rule " + rule));
            removal.chains().forEach(chain -> lines.add(where + "chain " + chain));
            removal.kept().forEach(line -> kept.add(where + line));
            if (!removal.isEmpty()) {
                restore.append(removal.restore(name));
            }
        });
        if (!dryRun && !restore.isEmpty()) {
            programs.require(restore.toString(), flavour.restore(family), "--noflush", "-w", LOCK_WAIT_SECONDS);
        }
        removed.addAll(lines);
    }

    /** Whether the kernel has legacy tables, whatever programs are installed. */
    private static boolean hasLegacyTables(IpFamily family) throws IOException {
        final Path names = Path.of("/proc/net/" + (family == IpFamily.IPV4 ? "ip" : "ip6") + "_tables_names");
        return Files.isReadable(names) && !Files.readString(names).isBlank();
    }

    private void nftables() throws IOException {
        if (!isInstalled("nft")) {
            failures.add("nft is not installed: tables " + KubeProxyNames.TABLE + " were not looked for");
            return;
        }
        final List<String> tables = look("nft", "list", "tables").lines().toList();
        for (String family : List.of("ip", "ip6")) {
            final String table = "table " + family + " " + KubeProxyNames.TABLE;
            if (tables.contains(table)) {
                change("nftables " + table, "nft", "delete", "table", family, KubeProxyNames.TABLE);
            }
        }
    }

    /** Removes one object; a failure does not keep the others from being removed. */
    private void change(String what, String... command) {
        attempt(what, () -> {
            if (!dryRun) {
                programs.require("", command);
            }
            removed.add(what);
        });
    }

    /** Removes mode ipvs's objects, the interface last, as its addresses identify the virtual servers. */
    private void ipvs() throws IOException {
        try (RouteNetlink links = RouteNetlink.open()) {
            if (links.link(KubeProxyNames.IPVS_LINK).isEmpty()) {
                return;
            }
            final Set<String> vips = links.addresses(links.linkIndex(KubeProxyNames.IPVS_LINK)).stream()
                    .map(address -> address.address().toString())
                    .collect(Collectors.toSet());
            if (!withVirtualServers) {
                kept.add("interface " + KubeProxyNames.IPVS_LINK + " and the virtual servers of its addresses: an"
                        + " agent of mode ipvs is running here, and they may belong to it");
                return;
            }
            final int failuresBefore = failures.size();
            virtualServers(vips);
            if (failures.size() > failuresBefore) {
                kept.add("interface " + KubeProxyNames.IPVS_LINK
                        + ": kept, because its virtual servers are found by its addresses");
                return;
            }
            if (!dryRun) {
                links.deleteLink(KubeProxyNames.IPVS_LINK);
            }
            removed.add("interface " + KubeProxyNames.IPVS_LINK + " and its addresses");
        }
    }

    private void virtualServers(Set<String> vips) throws IOException {
        if (!isInstalled("ipvsadm")) {
            throw new IOException("ipvsadm is not installed, so its virtual servers can't be listed; it stays");
        }
        final ProgramResult saved = programs.run("ipvsadm", "--save", "--numeric");
        if (!saved.isSuccess()) {
            if (saved.errors().contains("Protocol not available")
                    || saved.errors().contains("Can't initialize ipvs")) {
                return; // no IPVS in this kernel, or its module is not loaded
            }
            throw new IOException("ipvsadm: " + saved.complaint());
        }
        final Map<String, Set<String>> sets =
                isInstalled("ipset") ? VirtualServers.members(look("ipset", "save")) : Map.of();
        for (String server : VirtualServers.choose(saved.output(), vips, sets)) {
            final String[] words = server.split(" ", -1);
            change("virtual server " + server, "ipvsadm", "--delete-service", words[0], words[1]);
        }
    }

    private void sets() throws IOException {
        if (!isInstalled("ipset")) {
            failures.add("ipset is not installed: sets were not looked for");
            return;
        }
        final ProgramResult names = programs.run("ipset", "list", "-name");
        if (!names.isSuccess()) {
            if (names.errors().contains("Cannot open session to kernel")) {
                return; // no ipsets in this kernel
            }
            throw new IOException(names.complaint());
        }
        final Stream<String> theirs = names.output().lines().filter(KubeProxyNames::isSet);
        for (String name : theirs.toList()) {
            change("ipset " + name, "ipset", "destroy", name);
        }
    }
}

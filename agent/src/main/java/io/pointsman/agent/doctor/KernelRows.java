package io.pointsman.agent.doctor;

import io.pointsman.linux.OpenFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Rows about the kernel, its modules, the Java runtime and the limit on open files. */
final class KernelRows {
    /** Descriptors for some thousand connections of mode userspace, two each, plus its listeners. */
    private static final long ENOUGH_FILES = 16_384;

    private static final List<String> MODULES = List.of(
            "nf_tables",
            "nf_conntrack",
            "ip_tables",
            "nft_compat",
            "xt_recent",
            "ip_set",
            "ip_vs",
            "dummy",
            "br_netfilter");

    private final Host host;

    KernelRows(Host host) {
        this.host = host;
    }

    void look(Rows rows) throws IOException {
        final String release = host.text("/proc/sys/kernel/osrelease").orElse(System.getProperty("os.version"));
        rows.fine("kernel", "Linux " + release + ", " + System.getProperty("os.arch"));
        rows.fine("java", Runtime.version() + " of " + System.getProperty("java.vendor"));
        modules(rows, release);
        if (host.text("/proc/net/if_inet6").isEmpty()) {
            rows.note("ipv6", "this kernel or namespace has none", "Services are served at their IPv4 addresses only");
        }
        files(rows);
    }

    /**
     * Adds rows about the loaded modules. Whether a missing one could be loaded is only known by trying, as the backends'
     * rows do.
     */
    private void modules(Rows rows, String release) {
        final Optional<String> loaded = host.text("/proc/modules");
        if (loaded.isEmpty()) {
            rows.fine(
                    "modules",
                    "this kernel loads none, all are built in; the backends' rows show which features it has");
            return;
        }
        final Set<String> here = names(loaded.get());
        final Set<String> builtIn = files(release, "modules.builtin");
        final Set<String> onDisk = files(release, "modules.dep");
        final List<String> absent = new ArrayList<>();
        for (String module : MODULES) {
            if (here.contains(module)) {
                rows.fine("module " + module, "loaded");
            } else if (builtIn.contains(module)) {
                rows.fine("module " + module, "built in");
            } else if (onDisk.contains(module)) {
                rows.fine("module " + module, "on disk, not loaded");
            } else {
                absent.add(module);
            }
        }
        if (!absent.isEmpty()) {
            rows.note(
                    "modules",
                    "neither loaded nor on disk: " + String.join(", ", absent),
                    "the kernel may have them built in, or there is no /lib/modules/" + release
                            + " here; the backends' rows show which are missing");
        }
    }

    private Set<String> files(String release, String list) {
        return host.text("/lib/modules/" + release + "/" + list)
                .orElse("")
                .lines()
                .map(line -> moduleOfFile(line.split(":", 2)[0]))
                .collect(Collectors.toSet());
    }

    /** Returns the first word of each line. */
    static Set<String> names(String modules) {
        return modules.lines().map(line -> line.split(" ", 2)[0]).collect(Collectors.toSet());
    }

    /**
     * Returns a module's name: {@code nf_tables} for {@code kernel/net/netfilter/nf_tables.ko.xz}; a dash in the file
     * name becomes an underscore.
     */
    private static String moduleOfFile(String file) {
        return file.substring(file.lastIndexOf('/') + 1)
                .replaceFirst("\\.ko(\\.\\w+)?$", "")
                .replace('-', '_');
    }

    /** Adds rows about the limit on open files: the hard one, as the agent raises its soft limit to it. */
    private static void files(Rows rows) throws IOException {
        final long limit = OpenFiles.raiseLimit();
        if (limit < ENOUGH_FILES) {
            rows.toDo(
                    "RLIMIT_NOFILE",
                    limit + " descriptors at most",
                    "mode userspace takes two for each connection: LimitNOFILE=1048576 in the unit, ulimit -Hn in a shell");
        } else {
            rows.fine("RLIMIT_NOFILE", limit + " descriptors at most");
        }
    }
}

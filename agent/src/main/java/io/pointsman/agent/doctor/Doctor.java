package io.pointsman.agent.doctor;

import io.pointsman.agent.backend.BackendCatalog;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.linux.ownership.NamespaceMarker;
import io.pointsman.spi.BackendProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Checks the host, in the calling thread's network namespace, for an agent with the given configuration. Sets and writes
 * nothing: rules are tried in a temporary namespace, and in transactions that are never committed. A check may make the
 * kernel load a module; a row reports that.
 */
public final class Doctor {
    private interface Look {
        void at(Rows rows) throws IOException;
    }

    private final Host host = new Host();
    private final AgentConfig config;
    private final List<Row> rows = new ArrayList<>();

    private Doctor(AgentConfig config) {
        this.config = config;
    }

    /** Returns all rows, area by area. What can't be checked has a row that says so. */
    public static List<Row> look(AgentConfig config) {
        return new Doctor(config).look();
    }

    private List<Row> look() {
        final Set<String> before = modules();
        area("host", new KernelRows(host)::look);
        area("sysctls", new SysctlRows(config.mode(), config.nodePortRange())::look);
        area("packet filter", new PacketFilterRows(host)::look);
        area("interfaces", new InterfaceRows()::look);
        area("routing rules", new NetworkdRows(Path.of("/"), config.mode())::look);
        area("state directory", new StateRows(config.stateDirectory())::look);
        area("ports", ports -> new PortRows(host, config, isAgentRunning()).look(ports));
        area("other proxies", new LeftoverRows(host)::look);
        area("backends", new BackendRows(config.mode())::look);
        final Set<String> loaded = modules();
        loaded.removeAll(before);
        area("host", last -> loadedMeanwhile(last, loaded));
        return List.copyOf(rows);
    }

    private void area(String name, Look look) {
        final Rows own = new Rows(name);
        try {
            look.at(own);
        } catch (IOException | RuntimeException e) {
            own.unseen(name, "looking failed: " + e, "report this, together with the rows above");
        }
        rows.addAll(own.list());
    }

    /** Whether an agent of any mode runs in this network namespace. */
    private static boolean isAgentRunning() throws IOException {
        for (BackendProvider provider : BackendCatalog.load().providers()) {
            if (!NamespaceMarker.of(provider.name()).isEmpty()) {
                return true;
            }
        }
        return false;
    }

    private Set<String> modules() {
        return new TreeSet<>(KernelRows.names(host.text("/proc/modules").orElse("")));
    }

    private static void loadedMeanwhile(Rows rows, Set<String> modules) {
        if (!modules.isEmpty()) {
            rows.note(
                    "modules loaded by these checks",
                    String.join(", ", modules),
                    "the kernel loaded them when it was asked for a feature that they contain, by these checks or by"
                            + " another program");
        }
    }
}

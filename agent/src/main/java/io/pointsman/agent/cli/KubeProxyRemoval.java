package io.pointsman.agent.cli;

import io.pointsman.agent.kubeproxy.KubeProxyCleanup;
import io.pointsman.agent.kubeproxy.KubeProxyCleanup.Extent;
import io.pointsman.agent.kubeproxy.KubeProxyProcesses;
import io.pointsman.linux.ownership.NamespaceMarker;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;

/**
 * {@code pointsman cleanup --kube-proxy}: removes or lists kube-proxy's leftovers.
 *
 * @param extent whether to remove, or only to list
 * @param isForced whether to go on although a kube-proxy is running
 */
record KubeProxyRemoval(Extent extent, boolean isForced, PrintWriter out, PrintWriter err) {
    private static final String IPVS = "ipvs";

    /** Whether everything could be listed and, if requested, removed. */
    boolean run() {
        try {
            final List<Long> running = KubeProxyProcesses.here();
            if (!running.isEmpty() && !mayGoOn(running)) {
                return false;
            }
            return tell(KubeProxyCleanup.run(extent, NamespaceMarker.of(IPVS).isEmpty()));
        } catch (IOException e) {
            err.println("pointsman: can't find out whether a kube-proxy or an agent is running (" + e.getMessage()
                    + "); nothing was removed");
            return false;
        }
    }

    private boolean mayGoOn(List<Long> processes) {
        final String what = "kube-proxy is running in this network namespace (process "
                + processes.stream().map(String::valueOf).collect(Collectors.joining(", ")) + ")";
        if (extent == Extent.LOOK) {
            out.println(what + "; only with --force would be removed:");
        } else if (isForced) {
            err.println("pointsman: " + what + ", ignored because of --force; it will set up its rules again");
        } else {
            err.println("pointsman: " + what + "; nothing was removed. End it first, or give --force");
        }
        return extent == Extent.LOOK || isForced;
    }

    private boolean tell(KubeProxyCleanup.Report report) {
        final boolean isDone = extent == Extent.REMOVE;
        final int count = report.removed().size();
        out.println(
                count == 0
                        ? "kube-proxy: nothing to remove"
                        : "kube-proxy: " + count + (isDone ? " removed" : " to remove; --yes does it"));
        report.removed().forEach(line -> out.println("  " + line));
        if (!report.kept().isEmpty()) {
            out.println("kube-proxy: " + report.kept().size() + (isDone ? " left" : " to leave"));
            report.kept().forEach(line -> out.println("  " + line));
        }
        report.failures().forEach(line -> err.println("pointsman: " + line));
        return report.failures().isEmpty();
    }
}

package io.pointsman.agent.doctor;

import io.pointsman.agent.kubeproxy.KubeProxyCleanup;
import io.pointsman.agent.kubeproxy.KubeProxyProcesses;
import java.io.IOException;
import java.util.List;

/** Rows about a running kube-proxy, and what one left behind. */
final class LeftoverRows {
    private static final int NAMED = 3;

    private final Host host;

    LeftoverRows(Host host) {
        this.host = host;
    }

    void look(Rows rows) throws IOException {
        final List<Long> processes = KubeProxyProcesses.here();
        if (!processes.isEmpty()) {
            rows.toDo(
                    "kube-proxy",
                    "running: process " + processes.getFirst(),
                    "a node needs one proxy only: docs/migrating-from-kube-proxy.md migrates node by node");
        }
        if (!host.mayAskNetwork()) {
            rows.unseen("kube-proxy's rules", "needs CAP_NET_ADMIN", "run this as root");
            return;
        }
        final KubeProxyCleanup.Report report = KubeProxyCleanup.run(KubeProxyCleanup.Extent.LOOK, true);
        report.failures()
                .forEach(why -> rows.unseen("kube-proxy's rules", why, "install it, so that its rules can be listed"));
        final List<String> left = report.removed();
        if (!left.isEmpty()) {
            rows.toDo(
                    "kube-proxy's rules",
                    left.size() + " left: " + String.join("; ", left.subList(0, Math.min(NAMED, left.size())))
                            + (left.size() > NAMED ? "; …" : ""),
                    "./pointsman cleanup --kube-proxy lists them all, with --yes it removes them");
        } else if (report.failures().isEmpty()) {
            rows.fine("kube-proxy's rules", "none left");
        }
    }
}

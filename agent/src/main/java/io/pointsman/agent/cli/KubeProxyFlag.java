package io.pointsman.agent.cli;

import io.pointsman.agent.config.KubeProxyField;
import java.util.List;
import java.util.Optional;

/**
 * A flag of kube-proxy, other than those that the agent has under the same name.
 *
 * @param names without dashes; a name of one letter takes one dash
 * @param field the field that it sets; empty if it asks for another program
 * @param isSwitch whether the flag without a value means true
 * @param reason why it is refused; empty if it sets a field
 */
record KubeProxyFlag(List<String> names, Optional<KubeProxyField> field, boolean isSwitch, String reason) {
    /** Every flag; docs/kube-proxy-configuration.md has a row for each, made by {@link #row}. */
    static final List<KubeProxyFlag> ALL = List.of(
            flag("proxy-mode", KubeProxyField.MODE),
            flag("hostname-override", KubeProxyField.HOSTNAME_OVERRIDE),
            flag("bind-address", KubeProxyField.BIND_ADDRESS),
            on("bind-address-hard-fail", KubeProxyField.BIND_ADDRESS_HARD_FAIL),
            flag("nodeport-addresses", KubeProxyField.NODE_PORT_ADDRESSES),
            flag("detect-local-mode", KubeProxyField.DETECT_LOCAL_MODE),
            flag("pod-bridge-interface", KubeProxyField.BRIDGE_INTERFACE),
            flag("pod-interface-name-prefix", KubeProxyField.INTERFACE_NAME_PREFIX),
            flag("iptables-masquerade-bit", KubeProxyField.IPTABLES_MASQUERADE_BIT),
            on("iptables-localhost-nodeports", KubeProxyField.IPTABLES_LOCALHOST_NODE_PORTS),
            flag("iptables-sync-period", KubeProxyField.IPTABLES_SYNC_PERIOD),
            flag("iptables-min-sync-period", KubeProxyField.IPTABLES_MIN_SYNC_PERIOD),
            flag("ipvs-scheduler", KubeProxyField.IPVS_SCHEDULER),
            flag("ipvs-exclude-cidrs", KubeProxyField.IPVS_EXCLUDE_CIDRS),
            on("ipvs-strict-arp", KubeProxyField.IPVS_STRICT_ARP),
            flag("ipvs-sync-period", KubeProxyField.IPVS_SYNC_PERIOD),
            flag("ipvs-min-sync-period", KubeProxyField.IPVS_MIN_SYNC_PERIOD),
            flag("ipvs-tcp-timeout", KubeProxyField.IPVS_TCP_TIMEOUT),
            flag("ipvs-tcpfin-timeout", KubeProxyField.IPVS_TCP_FIN_TIMEOUT),
            flag("ipvs-udp-timeout", KubeProxyField.IPVS_UDP_TIMEOUT),
            flag("conntrack-max-per-core", KubeProxyField.CONNTRACK_MAX_PER_CORE),
            flag("conntrack-min", KubeProxyField.CONNTRACK_MIN),
            flag("conntrack-tcp-timeout-established", KubeProxyField.CONNTRACK_TCP_ESTABLISHED),
            flag("conntrack-tcp-timeout-close-wait", KubeProxyField.CONNTRACK_TCP_CLOSE_WAIT),
            on("conntrack-tcp-be-liberal", KubeProxyField.CONNTRACK_TCP_BE_LIBERAL),
            flag("conntrack-udp-timeout", KubeProxyField.CONNTRACK_UDP),
            flag("conntrack-udp-timeout-stream", KubeProxyField.CONNTRACK_UDP_STREAM),
            flag("config-sync-period", KubeProxyField.CONFIG_SYNC_PERIOD),
            flag("kube-api-qps", KubeProxyField.QPS),
            flag("kube-api-burst", KubeProxyField.BURST),
            flag("kube-api-content-type", KubeProxyField.CONTENT_TYPE),
            flag("feature-gates", KubeProxyField.FEATURE_GATES),
            on("profiling", KubeProxyField.ENABLE_PROFILING),
            flag("show-hidden-metrics-for-version", KubeProxyField.SHOW_HIDDEN_METRICS),
            flag("v", KubeProxyField.LOGGING),
            flag("vmodule", KubeProxyField.LOGGING),
            flag("logging-format", KubeProxyField.LOGGING),
            flag("log-flush-frequency", KubeProxyField.LOGGING),
            refused("master", "name the API server in a kubeconfig, and that with --kubeconfig"),
            refused("cleanup", "pointsman cleanup removes what an agent left"),
            refused("init-only", "the agent needs its rights as long as it runs"),
            refused("write-config-to", "the configuration in force is at /configz"));

    private static KubeProxyFlag flag(String name, KubeProxyField field) {
        return new KubeProxyFlag(
                name.length() == 1 ? List.of("-" + name, "--" + name) : List.of("--" + name),
                Optional.of(field),
                false,
                "");
    }

    private static KubeProxyFlag on(String name, KubeProxyField field) {
        return new KubeProxyFlag(List.of("--" + name), Optional.of(field), true, "");
    }

    private static KubeProxyFlag refused(String name, String reason) {
        return new KubeProxyFlag(List.of("--" + name), Optional.empty(), true, reason);
    }

    /** Returns the name to use in messages. */
    String name() {
        return names.getLast();
    }

    /** Returns the flag's row in the table of docs/kube-proxy-configuration.md. */
    String row() {
        return "| `" + String.join("`, `", names) + "` | "
                + field.map(some -> "`" + some.path() + "`").orElse("refused: " + reason) + " |";
    }
}

package io.pointsman.agent.config;

import io.pointsman.model.ConfigException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Fields of a {@code KubeProxyConfiguration} (kubeproxy.config.k8s.io/v1alpha1, as of Kubernetes 1.36), and how the agent
 * treats each. docs/kube-proxy-configuration.md has a row for each, made by {@link #row}.
 */
public enum KubeProxyField {
    FEATURE_GATES("featureGates", Kind.TREE, "Gates switch parts of kube-proxy's own code."),
    KUBECONFIG("clientConnection.kubeconfig", Kind.PATH, Setting.KUBECONFIG),
    ACCEPT_CONTENT_TYPES("clientConnection.acceptContentTypes", Kind.TEXT, "The API server is asked for JSON."),
    CONTENT_TYPE("clientConnection.contentType", Kind.TEXT, "The API server is asked for JSON."),
    QPS("clientConnection.qps", Kind.NUMBER, "A few watches are all there is; failures pause longer and longer."),
    BURST("clientConnection.burst", Kind.NUMBER, "A few watches are all there is; failures pause longer and longer."),
    LOGGING("logging", Kind.TREE, "The log has a format and levels of its own."),
    HOSTNAME_OVERRIDE("hostnameOverride", Kind.TEXT, Setting.NODE),
    BIND_ADDRESS(
            "bindAddress",
            Kind.TEXT,
            Treatment.HONOURED,
            "An IPv6 one makes the defaults of the next two `[::]:10256` and `[::1]:10249`. The node's addresses come from"
                    + " its Node object and its interfaces, both families.",
            KubeProxyTarget::bindAddress),
    HEALTHZ_BIND_ADDRESS(
            "healthzBindAddress",
            Kind.TEXT,
            Treatment.HONOURED,
            "Setting `healthz-bind-address`; port 10256 where only an address is given.",
            KubeProxyTarget::healthzBindAddress),
    METRICS_BIND_ADDRESS(
            "metricsBindAddress",
            Kind.TEXT,
            Treatment.HONOURED,
            "Setting `metrics-bind-address`; port 10249 where only an address is given.",
            KubeProxyTarget::metricsBindAddress),
    BIND_ADDRESS_HARD_FAIL(
            "bindAddressHardFail",
            Kind.FLAG,
            Treatment.REFUSED,
            "If `true`: a port that can't be bound is tried again and is a problem at `/status`; the agent goes on.",
            KubeProxyTarget::refuseIfTrue),
    ENABLE_PROFILING("enableProfiling", Kind.FLAG, "A JVM is profiled by its own tools: `jcmd PID JFR.start`."),
    SHOW_HIDDEN_METRICS("showHiddenMetricsForVersion", Kind.TEXT, "No metric is hidden."),
    MODE(
            "mode",
            Kind.TEXT,
            Treatment.HONOURED,
            "Setting `mode`: `iptables`, `ipvs`, `nftables`. Empty is `iptables`, as in kube-proxy up to 1.39, and a warning."
                    + " `userspace` is the proxy of that name here. Refused: `kernelspace`, which is Windows.",
            KubeProxyTarget::mode),
    IPTABLES_MASQUERADE_BIT(
            "iptables.masqueradeBit",
            Kind.NUMBER,
            Treatment.HONOURED,
            "Setting `backend.masquerade-bit`, in modes iptables and ipvs; 0 to 31.",
            KubeProxyTarget::masqueradeBit),
    IPTABLES_MASQUERADE_ALL(
            "iptables.masqueradeAll",
            Kind.FLAG,
            Treatment.HONOURED,
            "Setting `masquerade-all`, in all modes but nftables.",
            KubeProxyTarget::masqueradeAll),
    IPTABLES_LOCALHOST_NODE_PORTS(
            "iptables.localhostNodePorts",
            Kind.FLAG,
            Treatment.HONOURED,
            "Setting `localhost-node-ports`, in mode iptables.",
            (target, text) -> target.inMode("iptables", Setting.LOCALHOST_NODE_PORTS, text)),
    IPTABLES_SYNC_PERIOD("iptables.syncPeriod", "iptables", Setting.SYNC_PERIOD),
    IPTABLES_MIN_SYNC_PERIOD("iptables.minSyncPeriod", "iptables", Setting.MIN_SYNC_PERIOD),
    IPVS_SYNC_PERIOD("ipvs.syncPeriod", "ipvs", Setting.SYNC_PERIOD),
    IPVS_MIN_SYNC_PERIOD("ipvs.minSyncPeriod", "ipvs", Setting.MIN_SYNC_PERIOD),
    IPVS_SCHEDULER(
            "ipvs.scheduler",
            Kind.TEXT,
            Treatment.HONOURED,
            "Setting `backend.scheduler`, in mode ipvs.",
            (target, text) -> target.backendInMode("ipvs", "scheduler", text)),
    IPVS_EXCLUDE_CIDRS("ipvs.excludeCIDRs", Kind.LIST, "Virtual servers of others are never touched."),
    IPVS_STRICT_ARP(
            "ipvs.strictARP",
            Kind.FLAG,
            Treatment.HONOURED,
            "Setting `backend.sysctl-strict-arp`, in mode ipvs: `true` is `must`.",
            KubeProxyTarget::strictArp),
    IPVS_TCP_TIMEOUT("ipvs.tcpTimeout", "tcp"),
    IPVS_TCP_FIN_TIMEOUT("ipvs.tcpFinTimeout", "tcpfin"),
    IPVS_UDP_TIMEOUT("ipvs.udpTimeout", "udp"),
    NFTABLES_MASQUERADE_BIT(
            "nftables.masqueradeBit",
            Kind.NUMBER,
            Treatment.HONOURED,
            "Setting `backend.masquerade-bit`, in mode nftables; 0 to 31.",
            KubeProxyTarget::nftablesMasqueradeBit),
    NFTABLES_MASQUERADE_ALL(
            "nftables.masqueradeAll",
            Kind.FLAG,
            Treatment.HONOURED,
            "Setting `masquerade-all`, in mode nftables.",
            (target, text) -> target.inMode("nftables", Setting.MASQUERADE_ALL, text)),
    NFTABLES_SYNC_PERIOD("nftables.syncPeriod", "nftables", Setting.SYNC_PERIOD),
    NFTABLES_MIN_SYNC_PERIOD("nftables.minSyncPeriod", "nftables", Setting.MIN_SYNC_PERIOD),
    WINKERNEL("winkernel", Kind.TREE, "Windows."),
    DETECT_LOCAL_MODE(
            "detectLocalMode",
            Kind.TEXT,
            Treatment.HONOURED,
            "Setting `detect-local`: `ClusterCIDR`, `NodeCIDR`, `BridgeInterface`, `InterfaceNamePrefix`.",
            KubeProxyTarget::detectLocalMode),
    BRIDGE_INTERFACE(
            "detectLocal.bridgeInterface",
            Kind.TEXT,
            Treatment.HONOURED,
            "Setting `detect-local`, with `detectLocalMode: BridgeInterface`.",
            KubeProxyTarget::bridgeInterface),
    INTERFACE_NAME_PREFIX(
            "detectLocal.interfaceNamePrefix",
            Kind.TEXT,
            Treatment.HONOURED,
            "Setting `detect-local`, with `detectLocalMode: InterfaceNamePrefix`.",
            KubeProxyTarget::interfaceNamePrefix),
    CLUSTER_CIDR("clusterCIDR", Kind.TEXT, Setting.CLUSTER_CIDR),
    NODE_PORT_ADDRESSES("nodePortAddresses", Kind.LIST, Setting.NODE_PORT_ADDRESSES),
    OOM_SCORE_ADJ("oomScoreAdj", Kind.NUMBER, Setting.OOM_SCORE_ADJ),
    CONNTRACK_MAX_PER_CORE(
            "conntrack.maxPerCore",
            Kind.NUMBER,
            Treatment.HONOURED,
            "Setting `conntrack-sysctls`: `nf_conntrack_max` is raised to this times the processors, never lowered; 32768"
                    + " by default, 0 leaves it alone.",
            KubeProxyTarget::maxPerCore),
    CONNTRACK_MIN(
            "conntrack.min",
            Kind.NUMBER,
            Treatment.HONOURED,
            "Setting `conntrack-sysctls`: the least `nf_conntrack_max`, unless `conntrack.maxPerCore` is 0; 131072 by"
                    + " default.",
            KubeProxyTarget::minConnections),
    CONNTRACK_TCP_ESTABLISHED(
            "conntrack.tcpEstablishedTimeout", "nf_conntrack_tcp_timeout_established", "24h by default, "),
    CONNTRACK_TCP_CLOSE_WAIT("conntrack.tcpCloseWaitTimeout", "nf_conntrack_tcp_timeout_close_wait", "1h by default, "),
    CONNTRACK_TCP_BE_LIBERAL(
            "conntrack.tcpBeLiberal",
            Kind.FLAG,
            Treatment.HONOURED,
            "Setting `conntrack-sysctls`: `true` sets `nf_conntrack_tcp_be_liberal` to 1, `false` leaves it alone.",
            KubeProxyTarget::beLiberal),
    CONNTRACK_UDP("conntrack.udpTimeout", "nf_conntrack_udp_timeout", ""),
    CONNTRACK_UDP_STREAM("conntrack.udpStreamTimeout", "nf_conntrack_udp_timeout_stream", ""),
    CONFIG_SYNC_PERIOD(
            "configSyncPeriod", Kind.DURATION, "The API server is watched; nothing is read again by the clock."),
    PORT_RANGE("portRange", Kind.TEXT, "No mode takes ports of its own."),
    UDP_IDLE_TIMEOUT("udpIdleTimeout", Kind.DURATION, "Of a mode that kube-proxy 1.26 removed."),
    WINDOWS_RUN_AS_SERVICE("windowsRunAsService", Kind.FLAG, "Windows.");

    /** Syntax of a field's value. */
    enum Kind {
        TEXT,
        PATH,
        FLAG,
        NUMBER,
        DURATION,
        /** List of values, separated by commas in a flag. */
        LIST,
        /** A mapping with any content. */
        TREE
    }

    /** Treatment of a field by the agent. */
    public enum Treatment {
        HONOURED("honoured"),
        REFUSED("refused"),
        NOT_APPLICABLE("not applicable");

        private final String text;

        Treatment(String text) {
            this.text = text;
        }

        /** Returns the text used in the documents. */
        public String text() {
            return text;
        }
    }

    /** Applies a value to a configuration. */
    @FunctionalInterface
    interface Effect {
        void apply(KubeProxyTarget target, String text) throws ConfigException;
    }

    private final String path;
    private final Kind kind;
    private final Treatment treatment;
    private final String description;

    @SuppressWarnings("ImmutableEnumChecker") // each is a lambda that captures only constants
    private final Effect effect;

    KubeProxyField(String path, Kind kind, Treatment treatment, String description, Effect effect) {
        this.path = path;
        this.kind = kind;
        this.treatment = treatment;
        this.description = description;
        this.effect = effect;
    }

    /** A field without effect here. */
    KubeProxyField(String path, Kind kind, String reason) {
        this(path, kind, Treatment.NOT_APPLICABLE, reason, (_, _) -> {});
    }

    /** A field that is a setting of the agent. */
    KubeProxyField(String path, Kind kind, Setting setting) {
        this(
                path,
                kind,
                Treatment.HONOURED,
                "Setting `" + setting.key() + "`.",
                (target, text) -> target.set(setting, text));
    }

    /** A period of one mode. */
    KubeProxyField(String path, String mode, Setting setting) {
        this(
                path,
                Kind.DURATION,
                Treatment.HONOURED,
                "Setting `" + setting.key() + "`, in mode " + mode + "; 0 is the default.",
                (target, text) -> target.period(mode, setting, text));
    }

    /** A timeout of IPVS. */
    KubeProxyField(String path, String name) {
        this(
                path,
                Kind.DURATION,
                Treatment.REFUSED,
                "If more than 0: the kernel's time-outs of IPVS are the whole host's; `ipvsadm --set TCP TCPFIN UDP` sets the"
                        + " one for " + name + ".",
                KubeProxyTarget::refuseIfPositive);
    }

    /** A timeout of connection tracking. */
    KubeProxyField(String path, String parameter, String defaultValue) {
        this(
                path,
                Kind.DURATION,
                Treatment.HONOURED,
                "Setting `conntrack-sysctls`: `" + parameter + "`; " + defaultValue + "0 leaves it alone.",
                (target, text) -> target.conntrackTimeout(parameter, text));
    }

    /** Returns the field's path in the document, with dots. */
    public String path() {
        return path;
    }

    Kind kind() {
        return kind;
    }

    public Treatment treatment() {
        return treatment;
    }

    /** Returns its effect, or the reason why it has none. */
    public String description() {
        return description;
    }

    Effect effect() {
        return effect;
    }

    /** Returns the field's row in the table of docs/kube-proxy-configuration.md. */
    public String row() {
        return "| `" + path + "` | " + treatment.text() + " | " + description + " |";
    }

    static Optional<KubeProxyField> of(String path) {
        return Arrays.stream(values()).filter(field -> field.path.equals(path)).findFirst();
    }

    /** Whether some field is below this path. */
    static boolean isParent(String path) {
        return Arrays.stream(values()).anyMatch(field -> field.path.startsWith(path + "."));
    }

    static List<String> paths() {
        return Arrays.stream(values()).map(KubeProxyField::path).toList();
    }
}

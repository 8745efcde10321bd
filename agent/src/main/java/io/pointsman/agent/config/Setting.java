package io.pointsman.agent.config;

import io.pointsman.model.ConfigException;
import io.pointsman.model.EnumToken;
import io.pointsman.plan.NodePortAddresses;
import io.pointsman.plan.NodePortRange;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** Settings of the agent, each a command-line flag and a key of the configuration file by the same name. */
public enum Setting {
    MODE("NAME|auto", "userspace", "The data plane: a backend's name, or auto for the best that can run here."),
    NODE("NAME", "this host's name", "This node's name in Node objects and endpoints."),
    MANIFEST(
            "FILE|DIR",
            "none",
            "Services, EndpointSlices and Nodes: a YAML or JSON file, or a folder of them. Watched."),
    KUBECONFIG(
            "FILE",
            "none; in a pod its service account",
            "The API server whose Services, EndpointSlices and Nodes are served, in place of a manifest."),
    CLUSTER_CIDR("CIDR,...", "none", "The ranges of pods' addresses. Without them pods can't be recognized."),
    DETECT_LOCAL(
            "cluster-cidr|node-cidr|bridge-interface=NAME|interface-prefix=PREFIX",
            "cluster-cidr",
            "How pods of this node are recognized: by the cluster's ranges, its Node's, or the interface."),
    SERVICE_CIDR("CIDR,...", "none", "The ranges of cluster addresses: some backends drop packets to unused ones."),
    NODE_PORT_ADDRESSES(
            "CIDR|primary|localhost|all,...",
            "the backend's own",
            "On which of the node's addresses node ports and health checks answer."),
    SERVICE_NODE_PORT_RANGE(
            "FIRST-LAST",
            "30000-32767",
            "The range for node ports and health check node ports of Services; others are refused."),
    LOCALHOST_NODE_PORTS("true|false", "the backend's own", "Whether node ports answer on loopback too."),
    MASQUERADE_ALL("true|false", "false", "Every connection to a cluster address gets the node's address as source."),
    EXTERNAL_IPS("accept|refuse", "accept", "Whether Services may have external IPs of their own choice."),
    EGRESS("CIDR=ADDRESS,...", "the node's first", "The source address of masqueraded connections, by destination."),
    HEALTHZ_BIND_ADDRESS("ADDRESS:PORT|off", "0.0.0.0:10256", "Where /healthz and /livez answer."),
    METRICS_BIND_ADDRESS("ADDRESS:PORT|off", "127.0.0.1:10249", "Where /metrics, /status and /proxyMode answer."),
    SERVICE_METRICS(
            "NUMBER",
            "1000",
            "The number of service ports with figures in /metrics, in the order of their names; 0 for none."),
    AUDIT_CONNECTIONS(
            "off|count|report",
            "off",
            "Whether the engine checks the kernel's decisions on new connections: those that it would have forwarded"
                    + " in another way are counted at /metrics, and with report shown at /status and in Events."),
    DASHBOARD(
            "true|false",
            "false",
            "Whether a page at /dashboard/, on the address of /metrics, shows the agent's state."),
    MIN_SYNC_PERIOD(
            "DURATION",
            "100ms",
            "The least time from the end of one sync to the start of the next; changes in between are applied"
                    + " together."),
    SYNC_PERIOD(
            "DURATION",
            "30s",
            "How often addresses and drift are checked. If a change waits, or a sync takes, twice as long, the agent"
                    + " is unhealthy."),
    CONNTRACK_SYSCTLS(
            "NAME=NUMBER,...",
            "none",
            "Kernel parameters net.netfilter.nf_conntrack_* to be set; nf_conntrack_max is only ever raised."),
    CONNTRACK_SYSCTL_POLICY(
            "must|try|skip",
            "try",
            "If they can't be set: with must the agent does not start, with try it shows a problem at /status. With"
                    + " skip they are only reported."),
    OOM_SCORE_ADJ(
            "-1000..1000",
            "as it is",
            "How likely the kernel kills this process when memory is short; -1000 is never."),
    NODE_EVENTS(
            "true|false",
            "true",
            "With an API server: whether Events of the Node report the start and refused Services."),
    STATE_DIRECTORY("DIR", "the system's or the user's own", "Where a backend records what it owns."),
    HAND_OVER(
            "DURATION|off",
            "20s",
            "How long a start waits for another agent of this mode on this node to end before it fails; with off both"
                    + " run. Only for modes that change the kernel.");

    /** Prefix of a backend's own keys. */
    public static final String BACKEND_PREFIX = "backend.";

    private final String values;
    private final String defaultValue;
    private final String description;

    Setting(String values, String defaultValue, String description) {
        this.values = values;
        this.defaultValue = defaultValue;
        this.description = description;
    }

    /** Returns the key: {@code lower-case-with-dashes}. */
    public String key() {
        return EnumToken.of(this);
    }

    /** Returns the allowed values, in the form of a usage line. */
    public String allowed() {
        return values;
    }

    /** Returns the default value, in words. */
    public String defaultValue() {
        return defaultValue;
    }

    public String description() {
        return description;
    }

    /** Whether a running agent can change the value without a restart. */
    public boolean isLive() {
        return switch (this) {
            case MODE,
                    NODE,
                    MANIFEST,
                    KUBECONFIG,
                    HEALTHZ_BIND_ADDRESS,
                    METRICS_BIND_ADDRESS,
                    AUDIT_CONNECTIONS,
                    DASHBOARD,
                    NODE_EVENTS,
                    STATE_DIRECTORY,
                    HAND_OVER -> false;
            case CLUSTER_CIDR,
                    DETECT_LOCAL,
                    SERVICE_CIDR,
                    NODE_PORT_ADDRESSES,
                    SERVICE_NODE_PORT_RANGE,
                    LOCALHOST_NODE_PORTS,
                    MASQUERADE_ALL,
                    EXTERNAL_IPS,
                    EGRESS,
                    SERVICE_METRICS,
                    MIN_SYNC_PERIOD,
                    SYNC_PERIOD,
                    CONNTRACK_SYSCTLS,
                    CONNTRACK_SYSCTL_POLICY,
                    OOM_SCORE_ADJ -> true;
        };
    }

    /** Whether the value is true or false, so that the flag without a value means true. */
    public boolean isSwitch() {
        return this == MASQUERADE_ALL || this == LOCALHOST_NODE_PORTS || this == DASHBOARD || this == NODE_EVENTS;
    }

    /** Whether the value is a path, which in a configuration file is relative to the file. */
    boolean isPath() {
        return this == MANIFEST || this == KUBECONFIG || this == STATE_DIRECTORY;
    }

    /**
     * Applies a value, given as text, to a configuration.
     *
     * @throws ConfigException naming the key, the value and what is allowed
     */
    public void apply(AgentConfig.Builder config, String value) throws ConfigException {
        try {
            final AgentConfig.Builder _ = parse(config, value);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    key() + ": \"" + value + "\" is refused: " + e.getMessage() + "; give " + values, e);
        }
    }

    private AgentConfig.Builder parse(AgentConfig.Builder config, String value) {
        return switch (this) {
            case MODE -> config.mode(value);
            case NODE -> config.node(value);
            case MANIFEST -> config.manifest(Values.path(value));
            case KUBECONFIG -> config.kubeconfig(Values.path(value));
            case CLUSTER_CIDR -> config.clusterCidrs(Values.ranges(value));
            case DETECT_LOCAL -> config.podDetection(PodDetection.parse(value));
            case SERVICE_CIDR -> config.serviceCidrs(Values.ranges(value));
            case NODE_PORT_ADDRESSES -> config.nodePortAddresses(NodePortAddresses.parse(Values.list(value)));
            case SERVICE_NODE_PORT_RANGE -> config.nodePortRange(NodePortRange.parse(value));
            case LOCALHOST_NODE_PORTS -> config.localhostNodePorts(Values.bool(value));
            case MASQUERADE_ALL -> config.masqueradeAll(Values.bool(value));
            case EXTERNAL_IPS -> config.externalIps(Values.externalIps(value));
            case EGRESS -> config.egress(Values.egress(value));
            case HEALTHZ_BIND_ADDRESS -> config.healthzBindAddress(Values.bindAddress(value));
            case METRICS_BIND_ADDRESS -> config.metricsBindAddress(Values.bindAddress(value));
            case SERVICE_METRICS -> config.serviceMetrics(Values.count(value));
            case AUDIT_CONNECTIONS -> config.connectionAuditing(Values.connectionAuditing(value));
            case DASHBOARD -> config.dashboard(Values.bool(value));
            case MIN_SYNC_PERIOD -> config.minSyncPeriod(GoDuration.parse(value));
            case SYNC_PERIOD -> config.syncPeriod(GoDuration.parse(value));
            case CONNTRACK_SYSCTLS -> config.conntrackSysctls(Values.conntrackSysctls(value));
            case CONNTRACK_SYSCTL_POLICY -> config.conntrackSysctlPolicy(Values.policy(value));
            case OOM_SCORE_ADJ -> config.oomScoreAdj(Values.oomScoreAdj(value));
            case NODE_EVENTS -> config.nodeEvents(Values.bool(value));
            case STATE_DIRECTORY -> config.stateDirectory(Values.path(value));
            case HAND_OVER ->
                config.handOver(value.equals("off") ? Optional.empty() : Optional.of(GoDuration.parse(value)));
        };
    }

    static Optional<Setting> of(String key) {
        return Arrays.stream(values())
                .filter(setting -> setting.key().equals(key))
                .findFirst();
    }

    static String allKeys() {
        return Arrays.stream(values()).map(Setting::key).collect(Collectors.joining(", ")) + ", and " + BACKEND_PREFIX
                + "* for the backend's own";
    }
}

package io.pointsman.agent.config;

import io.pointsman.agent.log.Quoted;
import io.pointsman.linux.Sysctl;
import io.pointsman.model.Cidr;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.ExternalIps;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.NodePortAddresses;
import io.pointsman.plan.NodePortRange;
import io.pointsman.plan.PlanOptions;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Configuration of an agent, one field for each {@link Setting}. An instance is always valid.
 *
 * @param manifest files that Services come from; empty for another source
 * @param kubeconfig the API server that Services come from; without this and a manifest, a pod's service account or a
 *     source of the caller's
 * @param nodePortAddresses empty for the backend's default
 * @param localhostNodePorts empty for the backend's default
 * @param healthzBindAddress empty to open none; port 0 takes a free one
 * @param metricsBindAddress empty to open none; port 0 takes a free one
 * @param serviceMetrics maximum number of service ports with figures at /metrics, 0 or more
 * @param connectionAuditing whether the engine checks the kernel's connections
 * @param dashboard whether the port of metricsBindAddress also serves the dashboard
 * @param handOver how long a start waits for another agent to end; empty not to look for one
 * @param conntrackSysctls kernel parameters to set
 * @param conntrackSysctlPolicy whether failing to set them is fatal
 * @param oomScoreAdj OOM score adjustment of this process, -1000 to 1000; empty to leave it as it is
 * @param nodeEvents whether to send Events about this node, if a cluster is the source
 * @param backendSettings the backend's own keys, without the prefix
 * @param notes remarks on how this was configured, for the log and for {@code /configz}
 */
public record AgentConfig(
        String mode,
        String node,
        Optional<Path> manifest,
        Optional<Path> kubeconfig,
        List<Cidr> clusterCidrs,
        PodDetection podDetection,
        List<Cidr> serviceCidrs,
        Optional<NodePortAddresses> nodePortAddresses,
        NodePortRange nodePortRange,
        Optional<Boolean> localhostNodePorts,
        boolean masqueradeAll,
        ExternalIps externalIps,
        List<NodeFacts.Egress> egress,
        Optional<InetSocketAddress> healthzBindAddress,
        Optional<InetSocketAddress> metricsBindAddress,
        int serviceMetrics,
        ConnectionAuditing connectionAuditing,
        boolean dashboard,
        Duration minSyncPeriod,
        Duration syncPeriod,
        List<ConntrackSysctl> conntrackSysctls,
        Sysctl.Policy conntrackSysctlPolicy,
        Optional<Integer> oomScoreAdj,
        boolean nodeEvents,
        Path stateDirectory,
        Optional<Duration> handOver,
        Map<String, String> backendSettings,
        List<String> notes) {
    /** Mode that takes the best backend that can run. */
    public static final String AUTO = "auto";

    public AgentConfig {
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(manifest, "manifest");
        Objects.requireNonNull(kubeconfig, "kubeconfig");
        Objects.requireNonNull(nodePortAddresses, "nodePortAddresses");
        Objects.requireNonNull(nodePortRange, "nodePortRange");
        Objects.requireNonNull(externalIps, "externalIps");
        Objects.requireNonNull(localhostNodePorts, "localhostNodePorts");
        Objects.requireNonNull(healthzBindAddress, "healthzBindAddress");
        Objects.requireNonNull(metricsBindAddress, "metricsBindAddress");
        Objects.requireNonNull(connectionAuditing, "connectionAuditing");
        Objects.requireNonNull(podDetection, "podDetection");
        Objects.requireNonNull(conntrackSysctlPolicy, "conntrackSysctlPolicy");
        Objects.requireNonNull(oomScoreAdj, "oomScoreAdj");
        Objects.requireNonNull(stateDirectory, "stateDirectory");
        Objects.requireNonNull(handOver, "handOver");
        conntrackSysctls = List.copyOf(conntrackSysctls);
        notes = List.copyOf(notes);
        clusterCidrs = List.copyOf(clusterCidrs);
        serviceCidrs = List.copyOf(serviceCidrs);
        egress = List.copyOf(egress);
        backendSettings = Map.copyOf(backendSettings);
        require(!mode.isBlank(), "mode: give a backend's name, or auto");
        require(!node.isBlank(), "node: give the name of this node");
        require(
                manifest.isEmpty() || kubeconfig.isEmpty(),
                "manifest, kubeconfig: Services come from files or from an API server; give one of the two");
        require(syncPeriod.isPositive(), "sync-period: " + Values.text(syncPeriod) + " is not more than 0");
        require(
                !minSyncPeriod.isNegative() && minSyncPeriod.compareTo(syncPeriod) <= 0,
                "min-sync-period: " + Values.text(minSyncPeriod) + " is not in 0.." + Values.text(syncPeriod)
                        + ", the sync-period");
        require(
                !dashboard || metricsBindAddress.isPresent(),
                "dashboard, metrics-bind-address: the page is on the metrics port, which is off; give it an address");
        require(serviceMetrics >= 0, "service-metrics: " + serviceMetrics + " is less than 0");
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** Returns a builder with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns the options to resolve plans with, for a data plane of these semantics and families. */
    public PlanOptions planOptions(ModeSemantics semantics, Set<IpFamily> families) {
        final PlanOptions.Builder options = PlanOptions.builder(node)
                .families(families)
                .mode(semantics)
                .podRanges(clusterCidrs)
                .masqueradeAll(masqueradeAll)
                .serviceRanges(serviceCidrs)
                .nodePortRange(nodePortRange)
                .externalIps(externalIps)
                .egress(egress);
        nodePortAddresses.ifPresent(options::nodePortAddresses);
        localhostNodePorts.ifPresent(options::localhostNodePorts);
        podDetection.applyTo(options);
        return options.build();
    }

    /** Returns every key and its value in force, one a line, as a configuration file holds them. */
    public String toText() {
        final StringBuilder text = new StringBuilder();
        toMap().forEach((key, value) ->
                text.append(key).append(": ").append(Quoted.line(value)).append('\n'));
        return text.toString();
    }

    /** Returns every key and its value in force, in order, without the source that is not used. */
    public Map<String, String> toMap() {
        final Map<String, String> values = new LinkedHashMap<>();
        for (Setting setting : Setting.values()) {
            if (setting != (kubeconfig.isPresent() ? Setting.MANIFEST : Setting.KUBECONFIG)) {
                values.put(setting.key(), SettingText.of(setting, this));
            }
        }
        new TreeMap<>(backendSettings)
                .forEach((key, value) -> values.put(Setting.BACKEND_PREFIX + Quoted.line(key), value));
        return values;
    }

    /**
     * Returns the keys whose values differ in another configuration and need a restart; those of the backend with their
     * prefix.
     */
    public List<String> restartsFor(AgentConfig newer) {
        final List<String> keys = new ArrayList<>();
        for (Setting setting : Setting.values()) {
            if (!setting.isLive() && !SettingText.of(setting, this).equals(SettingText.of(setting, newer))) {
                keys.add(setting.key());
            }
        }
        final Set<String> backendKeys = new TreeSet<>(backendSettings.keySet());
        backendKeys.addAll(newer.backendSettings.keySet());
        backendKeys.stream()
                .filter(key -> !Objects.equals(backendSettings.get(key), newer.backendSettings.get(key)))
                .forEach(key -> keys.add(Setting.BACKEND_PREFIX + key));
        return keys;
    }

    /** Returns this configuration with the values of another for all settings that a running agent can change. */
    public AgentConfig withLive(AgentConfig newer) {
        return new AgentConfig(
                mode,
                node,
                manifest,
                kubeconfig,
                newer.clusterCidrs,
                newer.podDetection,
                newer.serviceCidrs,
                newer.nodePortAddresses,
                newer.nodePortRange,
                newer.localhostNodePorts,
                newer.masqueradeAll,
                newer.externalIps,
                newer.egress,
                healthzBindAddress,
                metricsBindAddress,
                newer.serviceMetrics,
                connectionAuditing,
                dashboard,
                newer.minSyncPeriod,
                newer.syncPeriod,
                newer.conntrackSysctls,
                newer.conntrackSysctlPolicy,
                newer.oomScoreAdj,
                nodeEvents,
                stateDirectory,
                handOver,
                backendSettings,
                newer.notes);
    }

    /** Collects settings; one that is not set keeps its default. Not thread-safe. */
    public static final class Builder {
        private String mode = "userspace";
        private String node = Defaults.hostName();
        private Optional<Path> manifest = Optional.empty();
        private Optional<Path> kubeconfig = Optional.empty();
        private List<Cidr> clusterCidrs = List.of();
        private PodDetection podDetection = new PodDetection.ByClusterCidr();
        private List<Cidr> serviceCidrs = List.of();
        private Optional<NodePortAddresses> nodePortAddresses = Optional.empty();
        private int serviceMetrics = 1000;
        private ConnectionAuditing connectionAuditing = ConnectionAuditing.OFF;
        private boolean dashboard;
        private NodePortRange nodePortRange = NodePortRange.DEFAULT;
        private Optional<Boolean> localhostNodePorts = Optional.empty();
        private boolean masqueradeAll;
        private ExternalIps externalIps = ExternalIps.ACCEPT;
        private List<NodeFacts.Egress> egress = List.of();
        private Optional<InetSocketAddress> healthzBindAddress = Values.bindAddress("0.0.0.0:10256");
        private Optional<InetSocketAddress> metricsBindAddress = Values.bindAddress("127.0.0.1:10249");
        private Duration minSyncPeriod = Duration.ofMillis(100);
        private Duration syncPeriod = Duration.ofSeconds(30);
        private List<ConntrackSysctl> conntrackSysctls = List.of();
        private Sysctl.Policy conntrackSysctlPolicy = Sysctl.Policy.TRY;
        private Optional<Integer> oomScoreAdj = Optional.empty();
        private boolean nodeEvents = true;
        private Path stateDirectory = Defaults.stateDirectory();
        private Optional<Duration> handOver = Optional.of(Duration.ofSeconds(20));
        private final List<String> notes = new ArrayList<>();
        private final Map<String, String> backendSettings = new HashMap<>();

        private Builder() {}

        public Builder mode(String value) {
            mode = value;
            return this;
        }

        public Builder node(String value) {
            node = value;
            return this;
        }

        public Builder manifest(Path value) {
            manifest = Optional.of(value);
            return this;
        }

        public Builder kubeconfig(Path value) {
            kubeconfig = Optional.of(value);
            return this;
        }

        /** Takes Services from these files, replacing any source set before. */
        public Builder manifestAlone(Path value) {
            kubeconfig = Optional.empty();
            return manifest(value);
        }

        /** Takes Services from an API server: that of the kubeconfig if set, else that of the pod. */
        public Builder clusterAlone() {
            manifest = Optional.empty();
            return this;
        }

        public Builder clusterCidrs(List<Cidr> value) {
            clusterCidrs = value;
            return this;
        }

        public Builder podDetection(PodDetection value) {
            podDetection = value;
            return this;
        }

        public Builder serviceCidrs(List<Cidr> value) {
            serviceCidrs = value;
            return this;
        }

        public Builder nodePortAddresses(NodePortAddresses value) {
            nodePortAddresses = Optional.of(value);
            return this;
        }

        public Builder serviceMetrics(int value) {
            serviceMetrics = value;
            return this;
        }

        public Builder connectionAuditing(ConnectionAuditing value) {
            connectionAuditing = value;
            return this;
        }

        public Builder dashboard(boolean value) {
            dashboard = value;
            return this;
        }

        public Builder nodePortRange(NodePortRange value) {
            nodePortRange = value;
            return this;
        }

        public Builder localhostNodePorts(boolean value) {
            localhostNodePorts = Optional.of(value);
            return this;
        }

        public Builder masqueradeAll(boolean value) {
            masqueradeAll = value;
            return this;
        }

        public Builder externalIps(ExternalIps value) {
            externalIps = value;
            return this;
        }

        public Builder egress(List<NodeFacts.Egress> value) {
            egress = value;
            return this;
        }

        public Builder healthzBindAddress(Optional<InetSocketAddress> value) {
            healthzBindAddress = value;
            return this;
        }

        public Builder metricsBindAddress(Optional<InetSocketAddress> value) {
            metricsBindAddress = value;
            return this;
        }

        public Builder minSyncPeriod(Duration value) {
            minSyncPeriod = value;
            return this;
        }

        public Builder syncPeriod(Duration value) {
            syncPeriod = value;
            return this;
        }

        public Builder conntrackSysctls(List<ConntrackSysctl> value) {
            conntrackSysctls = List.copyOf(value);
            return this;
        }

        /** Adds a kernel parameter; replaces one of the same name. */
        Builder conntrackSysctl(ConntrackSysctl value) {
            conntrackSysctls = Stream.concat(
                            conntrackSysctls.stream()
                                    .filter(sysctl -> !sysctl.name().equals(value.name())),
                            Stream.of(value))
                    .toList();
            return this;
        }

        public Builder conntrackSysctlPolicy(Sysctl.Policy value) {
            conntrackSysctlPolicy = value;
            return this;
        }

        public Builder oomScoreAdj(int value) {
            oomScoreAdj = Optional.of(value);
            return this;
        }

        public Builder nodeEvents(boolean value) {
            nodeEvents = value;
            return this;
        }

        /** Adds a remark on how this was configured. */
        public Builder note(String text) {
            notes.add(text);
            return this;
        }

        /** Returns the mode set so far. */
        String mode() {
            return mode;
        }

        public Builder stateDirectory(Path value) {
            stateDirectory = value;
            return this;
        }

        public Builder handOver(Optional<Duration> value) {
            handOver = value;
            return this;
        }

        /** Sets one of the backend's own keys, given without the prefix. */
        public Builder backendSetting(String key, String value) {
            backendSettings.put(key, value);
            return this;
        }

        /**
         * Returns a configuration of the current settings.
         *
         * @throws ConfigException naming the keys that can't be combined
         */
        public AgentConfig build() throws ConfigException {
            try {
                return new AgentConfig(
                        mode,
                        node,
                        manifest,
                        kubeconfig,
                        clusterCidrs,
                        podDetection,
                        serviceCidrs,
                        nodePortAddresses,
                        nodePortRange,
                        localhostNodePorts,
                        masqueradeAll,
                        externalIps,
                        egress,
                        healthzBindAddress,
                        metricsBindAddress,
                        serviceMetrics,
                        connectionAuditing,
                        dashboard,
                        minSyncPeriod,
                        syncPeriod,
                        conntrackSysctls,
                        conntrackSysctlPolicy,
                        oomScoreAdj,
                        nodeEvents,
                        stateDirectory,
                        handOver,
                        backendSettings,
                        notes);
            } catch (IllegalArgumentException e) {
                throw new ConfigException(String.valueOf(e.getMessage()), e);
            }
        }
    }
}

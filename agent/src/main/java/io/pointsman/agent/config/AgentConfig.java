package io.pointsman.agent.config;

import io.pointsman.agent.log.Quoted;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What an agent runs with; each field under the key of its {@link Setting}. Holding one means it is valid.
 *
 * @param manifest files that Services come from; empty for another source
 * @param kubeconfig the API server that Services come from; with neither, a pod's service account or a source of the caller's
 * @param nodePortAddresses empty for the backend's default
 * @param localhostNodePorts empty for the backend's default
 * @param healthzBindAddress empty to open none; port 0 takes a free one
 * @param metricsBindAddress empty to open none; port 0 takes a free one
 * @param handOver how long a start waits for another agent to end; empty to let it be
 * @param backendSettings the backend's own keys, without the prefix
 */
public record AgentConfig(
        String mode,
        String node,
        Optional<Path> manifest,
        Optional<Path> kubeconfig,
        List<Cidr> clusterCidrs,
        List<Cidr> serviceCidrs,
        Optional<NodePortAddresses> nodePortAddresses,
        NodePortRange nodePortRange,
        Optional<Boolean> localhostNodePorts,
        boolean masqueradeAll,
        ExternalIps externalIps,
        List<NodeFacts.Egress> egress,
        Optional<InetSocketAddress> healthzBindAddress,
        Optional<InetSocketAddress> metricsBindAddress,
        Duration minSyncPeriod,
        Duration syncPeriod,
        Path stateDirectory,
        Optional<Duration> handOver,
        Map<String, String> backendSettings) {
    /** The mode that takes the best backend there is. */
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
        Objects.requireNonNull(stateDirectory, "stateDirectory");
        Objects.requireNonNull(handOver, "handOver");
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
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** The defaults, to be changed. */
    public static Builder builder() {
        return new Builder();
    }

    /** How plans are resolved with it, for a data plane of these answers and families. */
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
        return options.build();
    }

    /** Every key and its value in force, one a line, as a configuration file holds them. */
    public String toText() {
        final StringBuilder text = new StringBuilder();
        line(text, Setting.MODE, mode);
        line(text, Setting.NODE, node);
        if (kubeconfig.isPresent()) {
            line(text, Setting.KUBECONFIG, kubeconfig.get().toString());
        } else {
            line(text, Setting.MANIFEST, manifest.map(Path::toString).orElse("none"));
        }
        line(text, Setting.CLUSTER_CIDR, joined(clusterCidrs));
        line(text, Setting.SERVICE_CIDR, joined(serviceCidrs));
        line(
                text,
                Setting.NODE_PORT_ADDRESSES,
                nodePortAddresses.map(AgentConfig::text).orElse("default"));
        line(text, Setting.SERVICE_NODE_PORT_RANGE, nodePortRange.toString());
        line(
                text,
                Setting.LOCALHOST_NODE_PORTS,
                localhostNodePorts.map(String::valueOf).orElse("default"));
        line(text, Setting.MASQUERADE_ALL, Boolean.toString(masqueradeAll));
        line(text, Setting.EXTERNAL_IPS, externalIps.text());
        line(
                text,
                Setting.EGRESS,
                joined(egress.stream()
                        .map(e -> e.destination() + "=" + e.source())
                        .toList()));
        line(
                text,
                Setting.HEALTHZ_BIND_ADDRESS,
                healthzBindAddress.map(Values::text).orElse("off"));
        line(
                text,
                Setting.METRICS_BIND_ADDRESS,
                metricsBindAddress.map(Values::text).orElse("off"));
        line(text, Setting.MIN_SYNC_PERIOD, Values.text(minSyncPeriod));
        line(text, Setting.SYNC_PERIOD, Values.text(syncPeriod));
        line(text, Setting.STATE_DIRECTORY, stateDirectory.toString());
        line(text, Setting.HAND_OVER, handOver.map(Values::text).orElse("off"));
        backendSettings.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(entry -> text.append(
                        Setting.BACKEND_PREFIX)
                .append(Quoted.line(entry.getKey()))
                .append(": ")
                .append(Quoted.line(entry.getValue()))
                .append('\n'));
        return text.toString();
    }

    private static void line(StringBuilder text, Setting setting, String value) {
        text.append(setting.key())
                .append(": ")
                .append(value.isEmpty() ? "none" : Quoted.line(value))
                .append('\n');
    }

    private static String joined(List<?> values) {
        return String.join(",", values.stream().map(Object::toString).toList());
    }

    private static String text(NodePortAddresses addresses) {
        return switch (addresses) {
            case NodePortAddresses.Primary() -> NodePortAddresses.PRIMARY;
            case NodePortAddresses.Ranges(List<Cidr> ranges) -> ranges.isEmpty() ? "all" : joined(ranges);
        };
    }

    /** Collects settings; every one not set keeps its default. Not thread-safe. */
    public static final class Builder {
        private String mode = "userspace";
        private String node = Defaults.hostName();
        private Optional<Path> manifest = Optional.empty();
        private Optional<Path> kubeconfig = Optional.empty();
        private List<Cidr> clusterCidrs = List.of();
        private List<Cidr> serviceCidrs = List.of();
        private Optional<NodePortAddresses> nodePortAddresses = Optional.empty();
        private NodePortRange nodePortRange = NodePortRange.DEFAULT;
        private Optional<Boolean> localhostNodePorts = Optional.empty();
        private boolean masqueradeAll;
        private ExternalIps externalIps = ExternalIps.ACCEPT;
        private List<NodeFacts.Egress> egress = List.of();
        private Optional<InetSocketAddress> healthzBindAddress = Values.bindAddress("0.0.0.0:10256");
        private Optional<InetSocketAddress> metricsBindAddress = Values.bindAddress("127.0.0.1:10249");
        private Duration minSyncPeriod = Duration.ofMillis(100);
        private Duration syncPeriod = Duration.ofSeconds(30);
        private Path stateDirectory = Defaults.stateDirectory();
        private Optional<Duration> handOver = Optional.of(Duration.ofSeconds(20));
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

        public Builder clusterCidrs(List<Cidr> value) {
            clusterCidrs = value;
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

        public Builder stateDirectory(Path value) {
            stateDirectory = value;
            return this;
        }

        public Builder handOver(Optional<Duration> value) {
            handOver = value;
            return this;
        }

        /** One of the backend's own keys, without the prefix. */
        public Builder backendSetting(String key, String value) {
            backendSettings.put(key, value);
            return this;
        }

        /**
         * The settings as they are now.
         *
         * @throws ConfigException naming the keys that don't go together
         */
        public AgentConfig build() throws ConfigException {
            try {
                return new AgentConfig(
                        mode,
                        node,
                        manifest,
                        kubeconfig,
                        clusterCidrs,
                        serviceCidrs,
                        nodePortAddresses,
                        nodePortRange,
                        localhostNodePorts,
                        masqueradeAll,
                        externalIps,
                        egress,
                        healthzBindAddress,
                        metricsBindAddress,
                        minSyncPeriod,
                        syncPeriod,
                        stateDirectory,
                        handOver,
                        backendSettings);
            } catch (IllegalArgumentException e) {
                throw new ConfigException(String.valueOf(e.getMessage()), e);
            }
        }
    }
}

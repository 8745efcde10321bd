package io.pointsman.agent.config;

import io.pointsman.model.Cidr;
import io.pointsman.model.EnumToken;
import io.pointsman.plan.NodePortAddresses;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Settings in force as text, as a configuration file holds them. */
final class SettingText {
    private SettingText() {}

    /** Returns a setting's value; {@code none} or {@code default} if it has none. */
    static String of(Setting setting, AgentConfig config) {
        final String text =
                switch (setting) {
                    case MODE -> config.mode();
                    case NODE -> config.node();
                    case MANIFEST -> config.manifest().map(Path::toString).orElse("none");
                    case KUBECONFIG -> config.kubeconfig().map(Path::toString).orElse("none");
                    case CLUSTER_CIDR -> joined(config.clusterCidrs());
                    case DETECT_LOCAL -> config.podDetection().text();
                    case SERVICE_CIDR -> joined(config.serviceCidrs());
                    case NODE_PORT_ADDRESSES ->
                        config.nodePortAddresses().map(SettingText::text).orElse("default");
                    case SERVICE_NODE_PORT_RANGE -> config.nodePortRange().toString();
                    case LOCALHOST_NODE_PORTS ->
                        config.localhostNodePorts().map(String::valueOf).orElse("default");
                    case MASQUERADE_ALL -> Boolean.toString(config.masqueradeAll());
                    case EXTERNAL_IPS -> config.externalIps().text();
                    case EGRESS ->
                        joined(config.egress().stream()
                                .map(one -> one.destination() + "=" + one.source())
                                .toList());
                    case HEALTHZ_BIND_ADDRESS ->
                        config.healthzBindAddress().map(Values::text).orElse("off");
                    case METRICS_BIND_ADDRESS ->
                        config.metricsBindAddress().map(Values::text).orElse("off");
                    case SERVICE_METRICS -> Integer.toString(config.serviceMetrics());
                    case AUDIT_CONNECTIONS -> EnumToken.of(config.connectionAuditing());
                    case DASHBOARD -> Boolean.toString(config.dashboard());
                    case MIN_SYNC_PERIOD -> Values.text(config.minSyncPeriod());
                    case SYNC_PERIOD -> Values.text(config.syncPeriod());
                    case CONNTRACK_SYSCTLS -> joined(config.conntrackSysctls());
                    case CONNTRACK_SYSCTL_POLICY ->
                        config.conntrackSysctlPolicy().name().toLowerCase(Locale.ROOT);
                    case OOM_SCORE_ADJ ->
                        config.oomScoreAdj().map(String::valueOf).orElse("default");
                    case NODE_EVENTS -> Boolean.toString(config.nodeEvents());
                    case STATE_DIRECTORY -> config.stateDirectory().toString();
                    case HAND_OVER -> config.handOver().map(Values::text).orElse("off");
                };
        return text.isEmpty() ? "none" : text;
    }

    private static String joined(List<?> values) {
        return String.join(",", values.stream().map(Object::toString).toList());
    }

    private static String text(NodePortAddresses addresses) {
        return switch (addresses) {
            case NodePortAddresses.Primary() -> NodePortAddresses.PRIMARY;
            case NodePortAddresses.PrimaryAnd(NodePortAddresses.Ranges(List<Cidr> ranges)) ->
                NodePortAddresses.PRIMARY + "," + joined(ranges);
            case NodePortAddresses.Ranges(List<Cidr> ranges) -> ranges.isEmpty() ? "all" : joined(ranges);
        };
    }
}

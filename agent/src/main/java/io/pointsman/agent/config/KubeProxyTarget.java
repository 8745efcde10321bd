package io.pointsman.agent.config;

import io.pointsman.model.ConfigException;
import io.pointsman.model.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Applies the fields of a {@code KubeProxyConfiguration} to a configuration, the mode first. Fields that only make sense
 * together are collected and take effect in {@link #finish}. Used by one thread.
 */
final class KubeProxyTarget {
    private static final String IPTABLES = "iptables";
    private static final String IPVS = "ipvs";
    private static final String NFTABLES = "nftables";
    private static final List<String> DETECT_LOCAL_MODES =
            List.of("ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix");
    private static final int MAX_BIT = 31;
    private static final long MAX_PER_CORE = 32_768;
    private static final long MIN_CONNECTIONS = 131_072;

    private final AgentConfig.Builder config;
    private final int processors;
    private final boolean isWhole;
    private final Map<String, Long> timeouts = new TreeMap<>();
    private String mode;
    private String detectLocalMode = "";
    private Optional<String> bridge = Optional.empty();
    private Optional<String> prefix = Optional.empty();
    private Optional<Long> maxPerCore = Optional.empty();
    private Optional<Long> minConnections = Optional.empty();
    private boolean isLiberal;

    /** @param isWhole whether a field not given has kube-proxy's default, rather than the value already there */
    KubeProxyTarget(AgentConfig.Builder config, int processors, boolean isWhole) {
        this.config = config;
        this.processors = processors;
        this.isWhole = isWhole;
        mode = config.mode();
    }

    void set(Setting setting, String text) throws ConfigException {
        setting.apply(config, setting == Setting.NODE ? text.strip().toLowerCase(Locale.ROOT) : text);
    }

    void mode(String text) throws ConfigException {
        mode = switch (text) {
            case IPTABLES, IPVS, NFTABLES, "userspace" -> text;
            case "kernelspace" -> throw new ConfigException("kernelspace is a mode of Windows");
            default -> throw new ConfigException("\"" + text + "\" is none of iptables, ipvs, nftables, userspace");
        };
        set(Setting.MODE, mode);
    }

    /** Selects the mode that an empty mode means to kube-proxy. */
    void emptyMode() throws ConfigException {
        mode(IPTABLES);
        config.note(
                "mode: is empty, which is iptables, as in kube-proxy up to 1.39 (1.40 takes nftables then); name one");
    }

    private boolean isMode(String wanted) {
        return mode.equals(wanted);
    }

    void inMode(String wanted, Setting setting, String text) throws ConfigException {
        if (isMode(wanted)) {
            set(setting, text);
        }
    }

    void backendInMode(String wanted, String key, String text) {
        if (isMode(wanted)) {
            config.backendSetting(key, text);
        }
    }

    /** Sets a period of one mode. A period of 0 is not set, as kube-proxy replaces it by its default. */
    void period(String wanted, Setting setting, String text) throws ConfigException {
        final Duration period = duration(text);
        if (!period.isZero()) {
            inMode(wanted, setting, Values.text(period));
        }
    }

    void masqueradeBit(String text) throws ConfigException {
        masqueradeBit(text, IPTABLES, IPVS);
    }

    /** Applies the masquerade bit that mode nftables has for itself. */
    void nftablesMasqueradeBit(String text) throws ConfigException {
        masqueradeBit(text, NFTABLES);
    }

    private void masqueradeBit(String text, String... modes) throws ConfigException {
        final long bit = number(text);
        if (bit > MAX_BIT) {
            throw new ConfigException(bit + " is not in 0.." + MAX_BIT);
        }
        for (String each : modes) {
            backendInMode(each, "masquerade-bit", text);
        }
    }

    /** Applies the flag that all modes but nftables share. */
    void masqueradeAll(String text) throws ConfigException {
        if (!isMode(NFTABLES)) {
            set(Setting.MASQUERADE_ALL, text);
        }
    }

    void strictArp(String text) throws ConfigException {
        if (flag(text)) {
            backendInMode(IPVS, "sysctl-strict-arp", "must");
        }
    }

    void refuseIfTrue(String text) throws ConfigException {
        if (flag(text)) {
            throw new ConfigException("true is not possible: what can't be had is tried again, and is a problem at"
                    + " /status; leave it out");
        }
    }

    void refuseIfPositive(String text) throws ConfigException {
        if (!duration(text).isZero()) {
            throw new ConfigException(
                    "\"" + text + "\": the time-outs of IPVS are the whole host's; set them with ipvsadm"
                            + " --set, and leave this out");
        }
    }

    void bindAddress(String text) throws ConfigException {
        if (!address(text).isIpv4() && isWhole) {
            set(Setting.HEALTHZ_BIND_ADDRESS, "[::]:10256");
            set(Setting.METRICS_BIND_ADDRESS, "[::1]:10249");
        }
    }

    void healthzBindAddress(String text) throws ConfigException {
        set(Setting.HEALTHZ_BIND_ADDRESS, withPort(text, 10_256));
    }

    void metricsBindAddress(String text) throws ConfigException {
        set(Setting.METRICS_BIND_ADDRESS, withPort(text, 10_249));
    }

    private static String withPort(String text, int port) {
        return IpAddress.tryParse(text).map(address -> address.withPort(port)).orElse(text);
    }

    void detectLocalMode(String text) throws ConfigException {
        if (!DETECT_LOCAL_MODES.contains(text)) {
            throw new ConfigException("\"" + text + "\" is none of " + String.join(", ", DETECT_LOCAL_MODES));
        }
        detectLocalMode = text;
    }

    void bridgeInterface(String text) {
        bridge = Optional.of(text);
    }

    void interfaceNamePrefix(String text) {
        prefix = Optional.of(text);
    }

    void maxPerCore(String text) throws ConfigException {
        maxPerCore = Optional.of(number(text));
    }

    void minConnections(String text) throws ConfigException {
        minConnections = Optional.of(number(text));
    }

    void conntrackTimeout(String parameter, String text) throws ConfigException {
        timeouts.put(parameter, duration(text).toSeconds());
    }

    void beLiberal(String text) throws ConfigException {
        isLiberal = flag(text);
    }

    /** Applies the fields that only have a meaning together. */
    void finish() throws ConfigException {
        detectLocal();
        if (isMode(IPTABLES) || isMode(IPVS)) {
            conntrack();
        }
    }

    private void detectLocal() throws ConfigException {
        switch (detectLocalMode) {
            case "ClusterCIDR" -> set(Setting.DETECT_LOCAL, "cluster-cidr");
            case "NodeCIDR" -> set(Setting.DETECT_LOCAL, "node-cidr");
            case "BridgeInterface" ->
                set(Setting.DETECT_LOCAL, "bridge-interface=" + named(bridge, KubeProxyField.BRIDGE_INTERFACE));
            case "InterfaceNamePrefix" ->
                set(Setting.DETECT_LOCAL, "interface-prefix=" + named(prefix, KubeProxyField.INTERFACE_NAME_PREFIX));
            default -> {} // not given
        }
    }

    private String named(Optional<String> name, KubeProxyField field) throws ConfigException {
        return name.orElseThrow(
                () -> new ConfigException(field.path() + ": is needed for detectLocalMode " + detectLocalMode));
    }

    private void conntrack() {
        if (isWhole) {
            timeouts.putIfAbsent(
                    "nf_conntrack_tcp_timeout_established", Duration.ofHours(24).toSeconds());
            timeouts.putIfAbsent(
                    "nf_conntrack_tcp_timeout_close_wait", Duration.ofHours(1).toSeconds());
        }
        final long perCore = maxPerCore.orElse(isWhole || minConnections.isPresent() ? MAX_PER_CORE : 0);
        if (perCore > 0) {
            final long connections = Math.max(perCore * processors, minConnections.orElse(MIN_CONNECTIONS));
            config.conntrackSysctl(new ConntrackSysctl(ConntrackSysctl.MAX, Math.min(connections, Integer.MAX_VALUE)));
        }
        if (isLiberal) {
            config.conntrackSysctl(new ConntrackSysctl("net.netfilter.nf_conntrack_tcp_be_liberal", 1));
        }
        timeouts.forEach((parameter, seconds) -> {
            if (seconds > 0) {
                config.conntrackSysctl(
                        new ConntrackSysctl("net.netfilter." + parameter, Math.min(seconds, Integer.MAX_VALUE)));
            }
        });
    }

    private static IpAddress address(String text) throws ConfigException {
        return IpAddress.tryParse(text).orElseThrow(() -> new ConfigException("\"" + text + "\" is not an IP address"));
    }

    private static long number(String text) throws ConfigException {
        if (!text.matches("[0-9]{1,10}")) {
            throw new ConfigException("\"" + text + "\" is not a number of 0 or more");
        }
        return Long.parseLong(text);
    }

    private static Duration duration(String text) throws ConfigException {
        try {
            return GoDuration.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("\"" + text + "\" is " + e.getMessage(), e);
        }
    }

    private static boolean flag(String text) throws ConfigException {
        try {
            return Values.bool(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("\"" + text + "\" is " + e.getMessage(), e);
        }
    }

    /** Checks the syntax of a value, as its field's kind requires. */
    static void check(KubeProxyField.Kind kind, String text) throws ConfigException {
        switch (kind) {
            case FLAG -> {
                final boolean _ = flag(text);
            }
            case NUMBER -> {
                if (!text.matches("-?[0-9]{1,10}(\\.[0-9]{1,9})?")) {
                    throw new ConfigException("\"" + text + "\" is not a number");
                }
            }
            case DURATION -> {
                final Duration _ = duration(text);
            }
            case TEXT, PATH, LIST, TREE -> {} // checked by their effect
        }
    }
}

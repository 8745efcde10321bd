package io.pointsman.spi.ipvs.host;

import io.pointsman.linux.Sysctl;
import io.pointsman.model.EnumToken;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Rule;
import java.util.Arrays;
import java.util.List;

/** Kernel parameters of the settings {@code sysctl-NAME}; some settings have several. */
public enum SysctlSetting {
    /** Tracks connections of virtual servers, so that their source can be rewritten and they can be listed. */
    CONNTRACK(
            Sysctl.Policy.MUST,
            "net.ipv4.vs.conntrack=1",
            "the source of connections is never rewritten, and connections are not listed"),
    FORWARDING(
            Sysctl.Policy.TRY,
            "net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1",
            "connections from other hosts are not forwarded"),
    /**
     * Moves a connection whose destination was deleted to another one at its next packet, instead of dropping its packets.
     */
    EXPIRE_NODEST_CONN(
            Sysctl.Policy.TRY,
            "net.ipv4.vs.expire_nodest_conn=1",
            "a connection to a removed endpoint hangs until its client gives up"),
    /** Moves a client that is bound to a draining destination to another one at its next connection. */
    EXPIRE_QUIESCENT_TEMPLATE(
            Sysctl.Policy.TRY,
            "net.ipv4.vs.expire_quiescent_template=1",
            "a client with affinity keeps its endpoint while the endpoint drains"),
    /** Chooses a destination again if a client reuses a port. Before Linux 5.9 that took a second. */
    CONN_REUSE_MODE(
            Sysctl.Policy.TRY,
            "net.ipv4.vs.conn_reuse_mode=1",
            "a connection from a source port that the client used just before goes to the same endpoint, even to one"
                    + " that drains"),
    /** Keeps the node from answering ARP requests for a VIP, as load balancers that announce VIPs themselves require. */
    STRICT_ARP(
            Sysctl.Policy.SKIP,
            "net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2",
            "this node answers its neighbours' ARP requests for the VIP");

    private final Sysctl.Policy usual;
    private final String parameters;
    private final String loss;

    SysctlSetting(Sysctl.Policy usual, String parameters, String loss) {
        this.usual = usual;
        this.parameters = parameters;
        this.loss = loss;
    }

    public Sysctl.Policy usual() {
        return usual;
    }

    /** Returns the parameters with the values to set. */
    List<Sysctl> wanted(Sysctl.Policy policy) {
        return Arrays.stream(parameters.split(" ", -1))
                .map(each -> each.split("=", 2))
                .map(each -> new Sysctl(each[0], each[1], policy))
                .toList();
    }

    /** Key of the setting, such as {@code sysctl-conntrack}. */
    public String key() {
        return "sysctl-" + EnumToken.of(this);
    }

    /** Text that describes what a rule loses if the parameters could not be set. */
    String loss() {
        return loss;
    }

    /** Whether a rule needs this parameter of the setting. */
    boolean matters(Sysctl parameter, Rule rule) {
        final boolean isIpv4 = rule.frontend().family() == IpFamily.IPV4;
        return rule.forwards()
                && switch (this) {
                    case CONNTRACK, EXPIRE_NODEST_CONN -> true;
                    case FORWARDING -> isIpv4 == parameter.key().startsWith("net.ipv4.");
                    case EXPIRE_QUIESCENT_TEMPLATE -> rule.affinity().isPresent();
                    case CONN_REUSE_MODE ->
                        rule.frontend().protocol() != Protocol.UDP; // UDP has no connections that could end
                    case STRICT_ARP -> isIpv4 && !rule.frontend().isNodePort();
                };
    }
}

package io.pointsman.spi.ipvs.host;

import io.pointsman.linux.Sysctl;
import io.pointsman.model.EnumToken;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Rule;
import java.util.Arrays;
import java.util.List;

/** A kernel parameter, or several that go together, that the setting {@code sysctl-NAME} is about. */
public enum SysctlSetting {
    /** Connections of virtual servers are tracked, so that their source can be rewritten and they can be listed. */
    CONNTRACK(
            Sysctl.Policy.MUST,
            "net.ipv4.vs.conntrack=1",
            "the source of its connections is never rewritten, and they are not listed"),
    FORWARDING(
            Sysctl.Policy.TRY,
            "net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1",
            "connections from elsewhere don't get beyond this node"),
    /** A connection whose destination was deleted is given to another at its next packet, not left to starve. */
    EXPIRE_NODEST_CONN(
            Sysctl.Policy.TRY,
            "net.ipv4.vs.expire_nodest_conn=1",
            "a connection whose endpoint was cut off starves until its client gives up"),
    /** A client that is bound to a draining destination is bound to another at its next connection. */
    EXPIRE_QUIESCENT_TEMPLATE(
            Sysctl.Policy.TRY,
            "net.ipv4.vs.expire_quiescent_template=1",
            "a client that was bound to an endpoint comes back to it while it drains"),
    /** A client's port that is used again goes to a destination chosen again. Before Linux 5.9 that cost a second. */
    CONN_REUSE_MODE(
            Sysctl.Policy.TRY,
            "net.ipv4.vs.conn_reuse_mode=1",
            "a connection from a port that its client used just before goes to that one's endpoint, even to one"
                    + " that drains"),
    /** The node answers no ARP request for a VIP, as load balancers that announce VIPs themselves want it. */
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

    /** The parameters, with the values that they are to have. */
    List<Sysctl> wanted(Sysctl.Policy policy) {
        return Arrays.stream(parameters.split(" ", -1))
                .map(each -> each.split("=", 2))
                .map(each -> new Sysctl(each[0], each[1], policy))
                .toList();
    }

    /** {@code sysctl-conntrack}. */
    public String key() {
        return "sysctl-" + EnumToken.of(this);
    }

    /** What a rule that it matters to goes without, in words, where it could not be had. */
    String loss() {
        return loss;
    }

    /** Whether a rule does worse without this one of its parameters. */
    boolean matters(Sysctl parameter, Rule rule) {
        final boolean isIpv4 = rule.frontend().family() == IpFamily.IPV4;
        return rule.forwards()
                && switch (this) {
                    case CONNTRACK, EXPIRE_NODEST_CONN -> true;
                    case FORWARDING -> isIpv4 == parameter.key().startsWith("net.ipv4.");
                    case EXPIRE_QUIESCENT_TEMPLATE -> rule.affinity().isPresent();
                    case CONN_REUSE_MODE ->
                        rule.frontend().protocol() != Protocol.UDP; // which has no connections to end
                    case STRICT_ARP -> isIpv4 && !rule.frontend().isNodePort();
                };
    }
}

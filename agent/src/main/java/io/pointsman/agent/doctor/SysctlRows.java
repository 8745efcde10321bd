package io.pointsman.agent.doctor;

import io.pointsman.linux.Sysctl;
import io.pointsman.plan.NodePortRange;
import java.io.IOException;
import java.util.Optional;

/** Rows about kernel parameters that affect a proxy's packets. */
final class SysctlRows {
    private static final double NEARLY_FULL = 0.8;

    private static final String USERSPACE = "userspace";

    private final String mode;
    private final NodePortRange nodePorts;

    SysctlRows(String mode, NodePortRange nodePorts) {
        this.mode = mode;
        this.nodePorts = nodePorts;
    }

    void look(Rows rows) throws IOException {
        forwarding(rows, "net.ipv4.ip_forward");
        forwarding(rows, "net.ipv6.conf.all.forwarding");
        reversePath(rows);
        bridged(rows, "net.bridge.bridge-nf-call-iptables");
        bridged(rows, "net.bridge.bridge-nf-call-ip6tables");
        localPorts(rows);
        conntrack(rows);
    }

    private void forwarding(Rows rows, String key) throws IOException {
        final Optional<String> value = Sysctl.read(key);
        if (value.isPresent() && value.get().equals("0")) {
            final String found = "0: this host forwards no packets";
            if (mode.equals(USERSPACE)) {
                rows.note(
                        key,
                        found,
                        "mode userspace does not need it, but pods of this node may; modes iptables and nftables need"
                                + " it");
            } else {
                rows.toDo(key, found, "sysctl -w " + key + "=1, and a file in /etc/sysctl.d; mode ipvs sets it itself");
            }
        } else {
            value.ifPresent(on -> rows.fine(key, on));
        }
    }

    private static void reversePath(Rows rows) throws IOException {
        final Optional<String> value = Sysctl.read("net.ipv4.conf.all.rp_filter");
        if (value.isPresent() && value.get().equals("1")) {
            rows.note(
                    "net.ipv4.conf.all.rp_filter",
                    "1: a packet is dropped if its answer would leave by another interface",
                    "set 2 (loose) where packets of a client or pod arrive by more than one interface");
        } else {
            value.ifPresent(off -> rows.fine("net.ipv4.conf.all.rp_filter", off));
        }
    }

    /** Adds a row about a bridge parameter, which is absent if no bridge passes packets to the packet filter. */
    private static void bridged(Rows rows, String key) throws IOException {
        final Optional<String> value = Sysctl.read(key);
        if (value.isPresent() && value.get().equals("0")) {
            rows.note(
                    key,
                    "0: an answer between two pods of one bridge bypasses the rules",
                    "where mode iptables or nftables serves pods on a bridge: sysctl -w " + key + "=1");
        } else {
            value.ifPresent(on -> rows.fine(key, on));
        }
    }

    private void localPorts(Rows rows) throws IOException {
        final String key = "net.ipv4.ip_local_port_range";
        final Optional<String> range = Sysctl.read(key);
        if (range.isEmpty()) {
            return;
        }
        final String[] ends = range.get().split("\\s+", 2);
        final boolean overlaps =
                Integer.parseInt(ends[0]) <= nodePorts.last() && Integer.parseInt(ends[1]) >= nodePorts.first();
        final String reserved = Sysctl.read("net.ipv4.ip_local_reserved_ports").orElse("");
        if (overlaps && !ReservedPorts.parse(reserved).contains(nodePorts.first(), nodePorts.last())) {
            rows.toDo(
                    key,
                    ends[0] + "-" + ends[1] + " takes node ports (" + nodePorts + ") for outgoing connections",
                    "sysctl -w net.ipv4.ip_local_reserved_ports=" + nodePorts);
        } else {
            rows.fine(key, ends[0] + "-" + ends[1]);
        }
    }

    private static void conntrack(Rows rows) throws IOException {
        final Optional<String> most = Sysctl.read("net.netfilter.nf_conntrack_max");
        final Optional<String> now = Sysctl.read("net.netfilter.nf_conntrack_count");
        if (most.isEmpty() || now.isEmpty()) {
            rows.note(
                    "net.netfilter.nf_conntrack_max",
                    "connections are not tracked in this namespace yet",
                    "the rules of a kernel mode start it");
        } else if (Long.parseLong(now.get()) > NEARLY_FULL * Long.parseLong(most.get())) {
            rows.toDo(
                    "net.netfilter.nf_conntrack_max",
                    now.get() + " of " + most.get() + " connections",
                    "raise it, in the first network namespace (others show its value and can't change it)");
        } else {
            rows.fine("net.netfilter.nf_conntrack_max", now.get() + " of " + most.get() + " connections");
        }
    }
}

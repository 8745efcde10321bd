package io.pointsman.linux.iptables;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpFamily;

/** Parts of rules that renderers need, spelled as iptables-save spells them; each match has a blank behind. */
public final class Matches {
    /** Packets that this host sends. */
    public static final String FROM_NODE = "-m addrtype --src-type LOCAL ";
    /** Packets of connections that have had no answer yet. */
    public static final String NEW = "-m conntrack --ctstate NEW ";

    private Matches() {}

    /** Packets from a range; an empty match for everything. */
    public static String source(Cidr range) {
        return range.isEverything() ? "" : "-s " + range + " ";
    }

    /** Packets to a range; an empty match for everything. */
    public static String destination(Cidr range) {
        return range.isEverything() ? "" : "-d " + range + " ";
    }

    /** The target of a refusal, as every protocol's sender understands it; in table filter only. */
    public static String reject(IpFamily family) {
        return switch (family) {
            case IPV4 -> "REJECT --reject-with icmp-port-unreachable";
            case IPV6 -> "REJECT --reject-with icmp6-port-unreachable";
        };
    }
}

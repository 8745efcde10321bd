package io.pointsman.linux.iptables;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpFamily;

/** Parts of rules that renderers share, in the form of iptables-save; each match has a blank at the end. */
public final class Matches {
    /** Match for packets that this host sends. */
    public static final String FROM_NODE = "-m addrtype --src-type LOCAL ";
    /** Match for packets of connections that have had no reply yet. */
    public static final String NEW = "-m conntrack --ctstate NEW ";

    private Matches() {}

    /** Returns the match for packets from a range; empty for the range of all addresses. */
    public static String source(Cidr range) {
        return range.isEverything() ? "" : "-s " + range + " ";
    }

    /** Returns the match for packets to a range; empty for the range of all addresses. */
    public static String destination(Cidr range) {
        return range.isEverything() ? "" : "-d " + range + " ";
    }

    /**
     * Returns the target that rejects a packet, in a way that senders of every protocol understand; for table filter only.
     */
    public static String reject(IpFamily family) {
        return switch (family) {
            case IPV4 -> "REJECT --reject-with icmp-port-unreachable";
            case IPV6 -> "REJECT --reject-with icmp6-port-unreachable";
        };
    }
}

package io.pointsman.spi.iptables.render;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpFamily;

/** Parts of rules that several renderers need, spelled as iptables-save spells them; each match has a blank behind. */
final class Matches {
    static final String FROM_NODE = "-m addrtype --src-type LOCAL ";
    static final String NEW = "-m conntrack --ctstate NEW ";

    private Matches() {}

    static String source(Cidr range) {
        return range.isEverything() ? "" : "-s " + range + " ";
    }

    static String destination(Cidr range) {
        return range.isEverything() ? "" : "-d " + range + " ";
    }

    /** A refusal, as every protocol's sender understands it; in table filter only. */
    static String reject(IpFamily family) {
        return switch (family) {
            case IPV4 -> "REJECT --reject-with icmp-port-unreachable";
            case IPV6 -> "REJECT --reject-with icmp6-port-unreachable";
        };
    }
}

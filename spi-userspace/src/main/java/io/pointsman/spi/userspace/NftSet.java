package io.pointsman.spi.userspace;

import io.pointsman.model.IpFamily;

/** A set or map of our tables. */
record NftSet(Kind kind, IpFamily family) {
    /** What is in it. Keys of several parts are address, protocol and port, in this order. */
    enum Kind {
        /** Addresses that are this host's by our routes only. */
        VIPS("inet", "vips", "set", "ADDRESS"),
        /** VIP, protocol and port of every rule. */
        SERVED("inet", "served", "set", "ADDRESS . inet_proto . inet_service"),
        /** Where only some sources are allowed. */
        RANGED("inet", "ranged", "set", "ADDRESS . inet_proto . inet_service"),
        /** The sources allowed there. */
        ALLOWED("inet", "allowed", "set", "ADDRESS . inet_proto . inet_service . ADDRESS; flags interval"),
        /** What becomes of packets from pods where they are not forwarded. */
        FROM_POD("inet", "from_pod", "map", "ADDRESS . inet_proto . inet_service : verdict"),
        FROM_NODE("inet", "from_node", "map", "ADDRESS . inet_proto . inet_service : verdict"),
        FROM_EXTERNAL("inet", "from_external", "map", "ADDRESS . inet_proto . inet_service : verdict"),
        /** Hardware addresses of the bridges that endpoints are on. */
        BRIDGED("bridge", "bridged", "map", "ADDRESS . inet_proto . inet_service : ether_addr"),
        /** The same of UDP endpoints by their addresses alone, for fragments, which have no ports. */
        FRAGMENTED("bridge", "fragmented", "map", "ADDRESS : ether_addr"),
        /** The IPv4 ones among the VIPS, once more: a table's sets are its own. */
        ARP("arp", "vips", "set", "ADDRESS");

        private final String tableFamily;
        private final String word;
        private final String form;
        private final String type;

        Kind(String tableFamily, String word, String form, String type) {
            this.tableFamily = tableFamily;
            this.word = word;
            this.form = form;
            this.type = type;
        }

        String tableFamily() {
            return tableFamily;
        }
    }

    /** {@code 4} or {@code 6}. */
    static String number(IpFamily family) {
        return switch (family) {
            case IPV4 -> "4";
            case IPV6 -> "6";
        };
    }

    /** {@code vips4}. */
    String name() {
        return kind.word + number(family);
    }

    /** {@code inet pointsman_userspace vips4}. */
    String path() {
        return kind.tableFamily + " " + NftTables.NAME + " " + name();
    }

    /** For the body of a table. */
    String declaration() {
        final String type = kind.type.replace("ADDRESS", family == IpFamily.IPV4 ? "ipv4_addr" : "ipv6_addr");
        return kind.form + " " + name() + " { type " + type + "; }\n";
    }
}

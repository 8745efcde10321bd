package io.pointsman.spi.userspace.host;

import io.pointsman.linux.nftables.text.NftElement;
import io.pointsman.linux.nftables.text.NftSet;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** Sets and maps of our tables, one of each kind for each family. Keys with several parts are address, protocol and port. */
enum SetKind {
    /** Addresses that are local to this host by our routes only. */
    VIPS("inet", "vips", "set", "ADDRESS"),
    /** VIP, protocol and port of every rule. */
    SERVED("inet", "served", "set", "ADDRESS . inet_proto . inet_service"),
    /** Address, protocol and port of rules with source ranges. */
    RANGED("inet", "ranged", "set", "ADDRESS . inet_proto . inet_service"),
    /** Sources that a rule with source ranges allows. */
    ALLOWED("inet", "allowed", "set", "ADDRESS . inet_proto . inet_service . ADDRESS; flags interval"),
    /** Verdicts for packets from pods that a rule does not forward. */
    FROM_POD("inet", "from_pod", "map", "ADDRESS . inet_proto . inet_service : verdict"),
    FROM_NODE("inet", "from_node", "map", "ADDRESS . inet_proto . inet_service : verdict"),
    FROM_EXTERNAL("inet", "from_external", "map", "ADDRESS . inet_proto . inet_service : verdict"),
    /** Hardware addresses of the bridges that endpoints are on. */
    BRIDGED("bridge", "bridged", "map", "ADDRESS . inet_proto . inet_service : ether_addr"),
    /** Bridge hardware addresses of UDP endpoints, by address alone, for fragments, which have no ports. */
    FRAGMENTED("bridge", "fragmented", "map", "ADDRESS : ether_addr"),
    /** IPv4 addresses of VIPS again, because a table can't use another table's sets. */
    ARP("arp", "vips", "set", "ADDRESS");

    private static final Map<SetKind, Map<IpFamily, NftSet>> SETS = new EnumMap<>(SetKind.class);

    static {
        for (SetKind kind : values()) {
            final Map<IpFamily, NftSet> sets = new EnumMap<>(IpFamily.class);
            for (IpFamily family : IpFamily.values()) {
                sets.put(family, kind.make(family));
            }
            SETS.put(kind, sets);
        }
    }

    private final String tableFamily;
    private final String word;
    private final String form;
    private final String type;

    SetKind(String tableFamily, String word, String form, String type) {
        this.tableFamily = tableFamily;
        this.word = word;
        this.form = form;
        this.type = type;
    }

    private NftSet make(IpFamily family) {
        final String address = family == IpFamily.IPV4 ? "ipv4_addr" : "ipv6_addr";
        return new NftSet(tableFamily, NftTables.NAME, form, word + number(family), type.replace("ADDRESS", address));
    }

    /** Returns {@code 4} or {@code 6}, the suffix of a set's name. */
    static String number(IpFamily family) {
        return switch (family) {
            case IPV4 -> "4";
            case IPV6 -> "6";
        };
    }

    String tableFamily() {
        return tableFamily;
    }

    NftSet set(IpFamily family) {
        return Objects.requireNonNull(Objects.requireNonNull(SETS.get(this)).get(family));
    }

    NftElement element(IpAddress address) {
        return element(address, "");
    }

    NftElement element(IpAddress address, String value) {
        return new NftElement(set(address.family()), address.toString(), value);
    }

    NftElement element(Protocol protocol, IpAddress address, int port, String value) {
        return new NftElement(set(address.family()), NftElement.key(protocol, address, port), value);
    }
}

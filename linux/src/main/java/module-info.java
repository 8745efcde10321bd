/** The only door to the kernel: netlink, network namespaces and sockets, by java.lang.foreign. Needs native access. */
module io.pointsman.linux {
    requires transitive io.pointsman.api;
    requires static transitive org.jspecify;

    exports io.pointsman.linux;
    exports io.pointsman.linux.backend;
    exports io.pointsman.linux.bpf;
    exports io.pointsman.linux.conntrack;
    exports io.pointsman.linux.genetlink;
    exports io.pointsman.linux.ipset;
    exports io.pointsman.linux.iptables;
    exports io.pointsman.linux.ipvs;
    exports io.pointsman.linux.localhost;
    exports io.pointsman.linux.netfilter;
    exports io.pointsman.linux.netlink;
    exports io.pointsman.linux.netns;
    exports io.pointsman.linux.nftables;
    exports io.pointsman.linux.nftables.text;
    exports io.pointsman.linux.ownership;
    exports io.pointsman.linux.program;
    exports io.pointsman.linux.route;
    exports io.pointsman.linux.socket;
    exports io.pointsman.linux.xdp;
}

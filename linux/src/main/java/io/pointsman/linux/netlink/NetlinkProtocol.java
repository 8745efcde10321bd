package io.pointsman.linux.netlink;

/** Netlink protocols ({@code include/uapi/linux/netlink.h}). */
public enum NetlinkProtocol {
    ROUTE(0),
    NETFILTER(12),
    GENERIC(16);

    private final int number;

    NetlinkProtocol(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}

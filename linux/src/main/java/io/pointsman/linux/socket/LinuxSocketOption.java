package io.pointsman.linux.socket;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.SocketCalls;

/**
 * Socket options that Java's channels lack, for code that has the socket's file descriptor: a Netty native channel's
 * {@code fd().intValue()}. The numbers are those of {@code include/uapi/linux/in.h} and {@code in6.h}.
 */
public enum LinuxSocketOption {
    /** Bind addresses that no interface has; no privilege needed. */
    IP_FREEBIND(0, 15),
    /** Bind foreign addresses, and accept what TPROXY redirects. CAP_NET_ADMIN or CAP_NET_RAW. */
    IP_TRANSPARENT(0, 19),
    /** Choose the port at connect, if bound to an address only. */
    IP_BIND_ADDRESS_NO_PORT(0, 24),
    /** Receive the original destination with each datagram. */
    IP_RECVORIGDSTADDR(0, 20),
    IP_PKTINFO(0, 8),
    IPV6_FREEBIND(41, 78),
    IPV6_TRANSPARENT(41, 75),
    IPV6_RECVORIGDSTADDR(41, 74),
    IPV6_RECVPKTINFO(41, 49),
    /** Mark of every packet sent, all 32 bits. CAP_NET_ADMIN. */
    SO_MARK(1, 36);

    private final int level;
    private final int number;

    LinuxSocketOption(int level, int number) {
        this.level = level;
        this.number = number;
    }

    /**
     * Sets the option.
     *
     * @param fd of an open socket that the caller keeps open meanwhile
     */
    public void set(int fd, int value) throws KernelException {
        SocketCalls.setOption(fd, level, number, value, name());
    }

    public int get(int fd) throws KernelException {
        return SocketCalls.getOption(fd, level, number, name());
    }
}

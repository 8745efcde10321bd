package io.pointsman.linux.netfilter;

import io.pointsman.linux.AddressFamily;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.FileCalls;
import io.pointsman.linux.libc.SocketCalls;
import io.pointsman.model.IpFamily;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** A table of x_tables, the older packet filter, in the network namespace of the calling thread. */
public final class LegacyTable {
    private static final int IPPROTO_RAW = 255;
    private static final int SOL_IP = 0;
    private static final int SOL_IPV6 = 41;
    private static final int SO_GET_INFO = 64; // IPT_SO_GET_INFO and IP6T_SO_GET_INFO
    private static final int NAME_BYTES = 32;
    private static final int INFO_BYTES = NAME_BYTES + (1 + 5 + 5 + 1 + 1) * Integer.BYTES;

    private LegacyTable() {}

    /**
     * Returns a hash of the table's outline: where each built-in chain begins and ends, the number of rules and their size
     * in bytes ({@code struct ipt_getinfo}). It is possible, though unlikely, that a change leaves all of this the same.
     *
     * @param name for instance {@code nat}; the kernel creates the table if it does not exist
     * @throws KernelException {@code EPERM} without CAP_NET_ADMIN and CAP_NET_RAW, {@code ENOENT} if the kernel has no
     *     such table
     */
    public static int outline(IpFamily family, String name) throws KernelException {
        final boolean ipv4 = family == IpFamily.IPV4;
        final int fd = SocketCalls.socket(AddressFamily.number(family), SocketCalls.SOCK_RAW, IPPROTO_RAW);
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment info = arena.allocate(INFO_BYTES, Integer.BYTES);
            info.setString(0, name);
            SocketCalls.getOption(fd, ipv4 ? SOL_IP : SOL_IPV6, SO_GET_INFO, info, "outline of table " + name);
            return Arrays.hashCode(info.toArray(ValueLayout.JAVA_BYTE));
        } finally {
            FileCalls.close(fd);
        }
    }
}

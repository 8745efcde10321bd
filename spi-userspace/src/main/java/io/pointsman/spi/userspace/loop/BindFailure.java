package io.pointsman.spi.userspace.loop;

import io.netty.channel.unix.Errors;
import java.net.InetSocketAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Explanation of why a socket could not listen at an address, and the remedy. */
public final class BindFailure {
    private static final int EACCES = 13; // Linux include/uapi/asm-generic/errno-base.h and errno.h
    private static final int EMFILE = 24;
    private static final int EADDRINUSE = 98;
    private static final int EADDRNOTAVAIL = 99;

    private BindFailure() {}

    /** Returns the explanation in one sentence. */
    public static String reason(InetSocketAddress address, @Nullable Throwable cause) {
        final String ip = address.getAddress().getHostAddress();
        final String where = ip + " port " + address.getPort();
        return switch (errno(cause)) {
            case EADDRNOTAVAIL ->
                "no interface of this node has the address " + ip + "; add it (ip address add " + ip
                        + " dev lo) or route it here (ip route add local " + ip + " dev lo), or use a kernel backend";
            case EACCES ->
                "this process may not listen at " + where + ": give it CAP_NET_BIND_SERVICE or lower the sysctl"
                        + " net.ipv4.ip_unprivileged_port_start";
            case EADDRINUSE ->
                "another socket already listens at " + where
                        + ": find its process with \"ss -lnp\" and stop or move it";
            case EMFILE -> "no file descriptor is left for " + where + ": raise the limit of open files (ulimit -n)";
            default -> "can't listen at " + where + ": " + (cause == null ? "unknown cause" : cause.getMessage());
        };
    }

    /**
     * Error number from Netty's native error, or guessed from the message of the JDK's, which has no number; 0 if unknown.
     */
    private static int errno(@Nullable Throwable cause) {
        for (Throwable at = cause; at != null; at = at.getCause()) {
            if (at instanceof Errors.NativeIoException error) {
                return -error.expectedErr();
            }
            final String words = String.valueOf(at.getMessage()).toLowerCase(Locale.ROOT);
            if (words.contains("cannot assign requested address")) {
                return EADDRNOTAVAIL;
            } else if (words.contains("permission denied")) {
                return EACCES;
            } else if (words.contains("address already in use")) {
                return EADDRINUSE;
            } else if (words.contains("too many open files")) {
                return EMFILE;
            }
        }
        return 0;
    }
}

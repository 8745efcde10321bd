package io.pointsman.spi.userspace.loop;

import io.pointsman.linux.OpenFiles;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this process may have of file descriptors.
 *
 * @param limits fitted to them
 * @param maxDropped dropped connections that may be held in silence at once, the same
 * @param spare that are left when there are as many connections and sessions as may be
 */
public record Descriptors(Limits limits, int maxDropped, long spare) {
    private static final Logger LOG = LoggerFactory.getLogger(Descriptors.class);
    private static final long MOST_RESERVED = 1024;
    private static final int RESERVED_SHARE = 4;
    private static final int DROPPED_SHARE = 16;

    /** For what else the process opens, now and later: HTTP clients, programs and their pipes, files, watches, netlink. */
    private static long reserve(long limit) {
        return Math.min(MOST_RESERVED, limit / RESERVED_SHARE);
    }

    /** Descriptors for connections, sessions and the sockets that listen. */
    static long available(long limit, int open) {
        return Math.max(1, limit - open - reserve(limit));
    }

    /** These limits, or as much of each as there is room for. Raises this process's limit of open files as far as it may. */
    public static Descriptors fit(Limits wanted, int maxDropped) {
        final long limit;
        final long available;
        try {
            limit = OpenFiles.raiseLimit();
            available = available(limit, OpenFiles.count());
        } catch (IOException e) {
            LOG.warn("userspace: the limit of open files can't be told, nothing is fitted to it: {}", e.toString());
            return new Descriptors(wanted, maxDropped, Integer.MAX_VALUE);
        }
        final int dropped = (int) Math.min(maxDropped, available / DROPPED_SHARE);
        final Limits fitted =
                wanted.within(available - dropped, Runtime.getRuntime().maxMemory());
        LOG.info(
                "userspace: up to {} connections ({} of one client) and {} UDP sessions, {} MiB unsent; of {} open"
                        + " files {} are for them{}",
                fitted.maxConnections(),
                fitted.maxConnectionsPerClient(),
                fitted.maxUdpSessions(),
                fitted.maxUnsentBytes() >> 20,
                limit,
                available,
                fitted.equals(wanted)
                        ? ""
                        : "; that is less than the " + wanted.maxConnections() + " connections and "
                                + wanted.maxUdpSessions()
                                + " sessions asked for: raise the limit (ulimit -n, LimitNOFILE)"
                                + " or the heap (-Xmx) for more");
        return new Descriptors(fitted, dropped, available - dropped - fitted.descriptors());
    }
}

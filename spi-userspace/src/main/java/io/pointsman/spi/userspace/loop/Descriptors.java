package io.pointsman.spi.userspace.loop;

import io.pointsman.linux.OpenFiles;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Share of this process's file descriptors for each use.
 *
 * @param limits limits that fit the descriptors
 * @param maxDropped maximum number of dropped connections held silent at once, fitted too
 * @param spare descriptors left when all connections and sessions are in use
 */
public record Descriptors(Limits limits, int maxDropped, long spare) {
    private static final Logger LOG = LoggerFactory.getLogger(Descriptors.class);
    private static final long MOST_RESERVED = 1024;
    private static final int RESERVED_SHARE = 4;
    private static final int DROPPED_SHARE = 16;

    /** Descriptors reserved for the rest of the process: HTTP clients, programs and their pipes, files, watches, netlink. */
    private static long reserve(long limit) {
        return Math.min(MOST_RESERVED, limit / RESERVED_SHARE);
    }

    /** Descriptors for connections, sessions and the sockets that listen. */
    static long available(long limit, int open) {
        return Math.max(1, limit - open - reserve(limit));
    }

    /** Fits limits to the descriptors and the heap of this process. Raises its limit of open files as far as allowed. */
    public static Descriptors fit(Limits wanted, int maxDropped) {
        final long limit;
        final long available;
        try {
            limit = OpenFiles.raiseLimit();
            available = available(limit, OpenFiles.count());
        } catch (IOException e) {
            LOG.warn(
                    "userspace: the limit of open files can't be read, so the settings are used as they are: {}",
                    e.toString());
            return new Descriptors(wanted, maxDropped, Integer.MAX_VALUE);
        }
        final int dropped = (int) Math.min(maxDropped, available / DROPPED_SHARE);
        final Limits fitted =
                wanted.within(available - dropped, Runtime.getRuntime().maxMemory());
        LOG.info(
                "userspace: up to {} connections ({} of one client) and {} UDP sessions, {} MiB unsent; the process"
                        + " may open {} files, {} of them for connections{}",
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

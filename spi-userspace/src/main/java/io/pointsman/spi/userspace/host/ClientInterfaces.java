package io.pointsman.spi.userspace.host;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.route.Link;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.model.IpAddress;
import io.pointsman.nat.InputInterface;
import io.pointsman.spi.userspace.loop.RareWarning;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Finder of the interface by which a client's packets come. A socket can't tell, so it is the interface of the route back to
 * the client. A lookup takes some tens of microseconds, so it is done only if pods are known by their interface. Any thread.
 */
final class ClientInterfaces {
    private static final RareWarning CANNOT_TELL = new RareWarning(
            LoggerFactory.getLogger(ClientInterfaces.class),
            "the interface of client {} is unknown, so it counts as no pod ({} times before)");

    private final RouteNetlink netlink;
    private final Map<Integer, InputInterface> byIndex = new ConcurrentHashMap<>();

    ClientInterfaces(RouteNetlink netlink) {
        this.netlink = netlink;
    }

    InputInterface of(IpAddress client) {
        try {
            final Optional<Integer> index = netlink.linkTo(client);
            return index.isEmpty() ? InputInterface.NONE : named(index.get());
        } catch (KernelException e) {
            CANNOT_TELL.warn(client, e);
            return InputInterface.NONE;
        }
    }

    private InputInterface named(int index) throws KernelException {
        final @Nullable InputInterface known = byIndex.get(index);
        if (known != null) {
            return known;
        }
        for (Link link : netlink.links()) { // new link; the kernel never reuses an index
            byIndex.put(link.index(), InputInterface.of(link.name()));
        }
        return byIndex.getOrDefault(index, InputInterface.NONE);
    }
}

package io.pointsman.linux.route;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.NetlinkBatch;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Local routes, each of which makes one address an address of this host. Routes, not addresses: the time to add one does not
 * grow with their number, programs that list the host's addresses don't find them, and an address that an interface has as
 * well stays there when the route goes. All carry the maker's protocol number, and routes without it are left alone.
 * Requests go to the kernel in batches. Not thread-safe.
 */
public final class LocalRoutes {
    private final RouteNetlink netlink;
    private final int protocol;
    private final int metric;
    private final NetlinkBatch batch = new NetlinkBatch();

    /**
     * Creates the routes of one maker.
     *
     * @param protocol the maker's number, 1 to 255 ({@code rtm_protocol})
     * @param metric 0 for the kernel's default; with one larger than that of the kernel's own routes, those take precedence
     */
    public LocalRoutes(RouteNetlink netlink, int protocol, int metric) {
        this.netlink = netlink;
        this.protocol = protocol;
        this.metric = metric;
    }

    /**
     * A route that could not be made.
     *
     * @param route as it was last requested
     */
    public record Refusal(Route route, KernelException why) {}

    /** Lists our routes in the kernel, on any interface. */
    public List<Route> list() throws KernelException {
        final List<Route> ours = new ArrayList<>();
        for (IpFamily family : IpFamily.values()) {
            for (Route route : netlink.routes(family)) {
                if (route.type() == Route.Type.LOCAL
                        && route.table() == Route.LOCAL
                        && route.protocol() == protocol
                        && route.destination().prefixLength() == family.bits()) {
                    ours.add(route);
                }
            }
        }
        return ours;
    }

    /**
     * Adds routes. If the host does not have a source (any more), that route is made without it.
     *
     * @param link index of the interface
     * @param wanted addresses, each with the source of packets that this host itself sends there; empty for the kernel's
     *     choice
     * @return addresses whose route could not be made, with {@code EEXIST} for a route that exists
     */
    public Map<IpAddress, Refusal> add(int link, Map<IpAddress, Optional<IpAddress>> wanted) throws KernelException {
        final List<Route> routes = new ArrayList<>();
        wanted.forEach((address, source) -> {
            final Route plain = plain(link, address);
            routes.add(source.map(plain::withSource).orElse(plain));
        });
        final Map<IpAddress, Refusal> refused = send(routes, netlink::addRoute);
        final List<Route> sourceless = new ArrayList<>();
        for (Refusal refusal : List.copyOf(refused.values())) {
            if (refusal.why().is(Errno.EINVAL) && refusal.route().source().isPresent()) {
                final IpAddress address = refusal.route().destination().address();
                refused.remove(address);
                sourceless.add(plain(link, address));
            }
        }
        refused.putAll(send(sourceless, netlink::addRoute));
        return refused;
    }

    /**
     * Deletes the routes of these addresses that exist, all that can be deleted.
     *
     * @throws KernelException of the first that could not be deleted
     */
    public void delete(int link, Collection<IpAddress> addresses) throws KernelException {
        final Map<IpAddress, Refusal> refused =
                send(addresses.stream().map(address -> plain(link, address)).toList(), netlink::deleteRoute);
        for (Refusal refusal : refused.values()) {
            if (!refusal.why().is(Errno.ESRCH) && !refusal.why().is(Errno.ENOENT)) {
                throw refusal.why();
            }
        }
    }

    private Route plain(int link, IpAddress address) {
        return Route.local(Cidr.of(address), link).withMetric(metric).withProtocol(protocol);
    }

    private interface Request {
        void add(NetlinkBatch batch, Route route);
    }

    private Map<IpAddress, Refusal> send(List<Route> routes, Request request) throws KernelException {
        final Map<IpAddress, Refusal> refused = new LinkedHashMap<>();
        for (int next = 0; next < routes.size(); ) {
            final int from = next;
            while (next < routes.size() && !batch.isFull()) {
                request.add(batch, routes.get(next++));
            }
            try {
                netlink.execute(batch, (index, why) -> {
                    final Route route = routes.get(from + index);
                    refused.put(route.destination().address(), new Refusal(route, why));
                });
            } finally {
                batch.clear();
            }
        }
        return refused;
    }
}

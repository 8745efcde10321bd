package io.pointsman.linux.route;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.NetlinkBatch;
import io.pointsman.linux.netlink.NetlinkProtocol;
import io.pointsman.linux.netlink.NetlinkSocket;
import io.pointsman.linux.netns.NamespaceHandle;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.util.List;
import java.util.Optional;

/**
 * Interfaces, addresses, routes and routing rules of one network namespace: that of the thread which opened it. Listing
 * needs no privilege, changing needs CAP_NET_ADMIN. Any thread; calls wait for each other.
 *
 * <p>Adding an object that exists fails with {@code EEXIST}, removing one that does not exist with {@code ENOENT},
 * {@code ESRCH}, {@code ENODEV} or {@code EADDRNOTAVAIL}.
 */
public final class RouteNetlink implements AutoCloseable {
    private final NetlinkSocket socket;

    private RouteNetlink(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Opens a socket in the calling thread's network namespace. */
    public static RouteNetlink open() throws KernelException {
        return new RouteNetlink(NetlinkSocket.open(NetlinkProtocol.ROUTE));
    }

    public synchronized List<Link> links() throws KernelException {
        return LinkMessages.list(socket);
    }

    /** Finds an interface by name; empty if there is none. */
    public synchronized Optional<Link> link(String name) throws KernelException {
        return LinkMessages.find(socket, name);
    }

    /**
     * Returns the index of an interface.
     *
     * @throws KernelException {@code ENODEV} if there is none of that name
     */
    public synchronized int linkIndex(String name) throws KernelException {
        return LinkMessages.require(socket, name).index();
    }

    /** Makes a veth pair, both ends in this namespace and down. */
    public synchronized void addVethPair(String name, String peerName) throws KernelException {
        LinkMessages.addVeth(socket, name, peerName, -1);
    }

    /** Makes a veth pair, one end in this namespace and its peer in another from the start; both down. */
    public synchronized void addVethPair(String name, String peerName, NamespaceHandle peerNamespace)
            throws KernelException {
        LinkMessages.addVeth(socket, name, peerName, peerNamespace.fd());
    }

    /** Makes an interface that needs no more than its kind: {@code bridge}, {@code dummy}. */
    public synchronized void addLink(String name, String kind) throws KernelException {
        LinkMessages.add(socket, name, kind);
    }

    public synchronized void deleteLink(String name) throws KernelException {
        LinkMessages.delete(socket, name);
    }

    public synchronized void setUp(String name) throws KernelException {
        LinkMessages.setUp(socket, name);
    }

    /** Makes an interface a port of a bridge. */
    public synchronized void setMaster(String name, String bridge) throws KernelException {
        LinkMessages.setMaster(socket, name, bridge);
    }

    /** Lets a bridge send a packet back through the port it came from, as needed for a connection of a pod to itself. */
    public synchronized void setHairpin(String port, boolean on) throws KernelException {
        LinkMessages.setHairpin(socket, port, on);
    }

    /** Moves an interface to another namespace. */
    public synchronized void move(String name, NamespaceHandle target) throws KernelException {
        LinkMessages.move(socket, name, target.fd());
    }

    public synchronized List<LinkAddress> addresses() throws KernelException {
        return AddressMessages.list(socket, 0);
    }

    public synchronized List<LinkAddress> addresses(int linkIndex) throws KernelException {
        return AddressMessages.list(socket, linkIndex);
    }

    /** Adds an address that is usable at once: an IPv6 address is not checked for duplicates. */
    public synchronized void addAddress(int linkIndex, IpAddress address, int prefixLength) throws KernelException {
        AddressMessages.add(socket, linkIndex, address, prefixLength);
    }

    public synchronized void deleteAddress(int linkIndex, IpAddress address, int prefixLength) throws KernelException {
        AddressMessages.delete(socket, linkIndex, address, prefixLength);
    }

    /** Lists routes of a family in every table. */
    public synchronized List<Route> routes(IpFamily family) throws KernelException {
        return RouteMessages.list(socket, family);
    }

    /** Returns the index of the output interface of this host's packets to an address; empty if there is no route. */
    public synchronized Optional<Integer> linkTo(IpAddress address) throws KernelException {
        return RouteMessages.linkTo(socket, address);
    }

    public synchronized void addRoute(Route route) throws KernelException {
        RouteMessages.add(socket, route, false);
    }

    /** Adds a route, or replaces one to the same destination with the same metric. */
    public synchronized void replaceRoute(Route route) throws KernelException {
        RouteMessages.add(socket, route, true);
    }

    /**
     * Replaces a route in the main table, in one step, by one that spreads packets over gateways: by addresses, or by
     * connection if sysctl {@code fib_multipath_hash_policy} is 1. Without gateways packets are dropped.
     */
    public synchronized void replaceRoute(Cidr destination, List<IpAddress> gateways) throws KernelException {
        RouteMessages.replace(socket, destination, gateways);
    }

    /** Adds the request for a new route to a batch. */
    public void addRoute(NetlinkBatch batch, Route route) {
        RouteMessages.add(batch, route);
    }

    /** Adds the request to delete a route to a batch. */
    public void deleteRoute(NetlinkBatch batch, Route route) {
        RouteMessages.delete(batch, route);
    }

    /** Sends a batch and waits until all its requests are done. */
    public synchronized void execute(NetlinkBatch batch, NetlinkBatch.Outcome failures) throws KernelException {
        socket.execute(batch, failures);
    }

    public synchronized void deleteRoute(Route route) throws KernelException {
        RouteMessages.delete(socket, route);
    }

    public synchronized List<RoutingRule> rules(IpFamily family) throws KernelException {
        return RuleMessages.list(socket, family);
    }

    public synchronized void addRule(RoutingRule rule) throws KernelException {
        RuleMessages.add(socket, rule);
    }

    public synchronized void deleteRule(RoutingRule rule) throws KernelException {
        RuleMessages.delete(socket, rule);
    }

    @Override
    public void close() {
        socket.close();
    }
}

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
 * Lists and changes interfaces, addresses, routes and routing rules of one network namespace: that of the thread which
 * opened it. Listing needs no privilege, changing needs CAP_NET_ADMIN. Any thread; calls wait for each other.
 *
 * <p>Adding what exists is {@code EEXIST}, removing what does not is {@code ENOENT}, {@code ESRCH}, {@code ENODEV} or
 * {@code EADDRNOTAVAIL}.
 */
public final class RouteNetlink implements AutoCloseable {
    private final NetlinkSocket socket;

    private RouteNetlink(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Opens it in the calling thread's network namespace. */
    public static RouteNetlink open() throws KernelException {
        return new RouteNetlink(NetlinkSocket.open(NetlinkProtocol.ROUTE));
    }

    public synchronized List<Link> links() throws KernelException {
        return LinkMessages.list(socket);
    }

    /** Empty when there is no interface of that name. */
    public synchronized Optional<Link> link(String name) throws KernelException {
        return LinkMessages.find(socket, name);
    }

    /**
     * The index of an interface.
     *
     * @throws KernelException {@code ENODEV} when there is none of that name
     */
    public synchronized int linkIndex(String name) throws KernelException {
        return LinkMessages.require(socket, name).index();
    }

    /** Makes a pair of interfaces, both here and down. */
    public synchronized void addVethPair(String name, String peerName) throws KernelException {
        LinkMessages.addVeth(socket, name, peerName, -1);
    }

    /** Makes a pair of interfaces, one here, its peer in another namespace from the start; both down. */
    public synchronized void addVethPair(String name, String peerName, NamespaceHandle peerNamespace)
            throws KernelException {
        LinkMessages.addVeth(socket, name, peerName, peerNamespace.fd());
    }

    /** Makes an interface that needs nothing but its kind: {@code bridge}, {@code dummy}. */
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

    /** Lets a bridge send a packet back through the port it came from, as a connection of a pod to itself needs. */
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

    /** Adds an address, usable at once: IPv6 is not checked for duplicates. */
    public synchronized void addAddress(int linkIndex, IpAddress address, int prefixLength) throws KernelException {
        AddressMessages.add(socket, linkIndex, address, prefixLength);
    }

    public synchronized void deleteAddress(int linkIndex, IpAddress address, int prefixLength) throws KernelException {
        AddressMessages.delete(socket, linkIndex, address, prefixLength);
    }

    /** Routes of a family in every table. */
    public synchronized List<Route> routes(IpFamily family) throws KernelException {
        return RouteMessages.list(socket, family);
    }

    /** Index of the interface by which a packet of this host would leave for an address; empty when there is no way. */
    public synchronized Optional<Integer> linkTo(IpAddress address) throws KernelException {
        return RouteMessages.linkTo(socket, address);
    }

    public synchronized void addRoute(Route route) throws KernelException {
        RouteMessages.add(socket, route, false);
    }

    /** Adds a route in place of one to the same destination with the same metric, if there is one. */
    public synchronized void replaceRoute(Route route) throws KernelException {
        RouteMessages.add(socket, route, true);
    }

    /**
     * Spreads packets to a destination over neighbours, in place of an earlier route in the main table, in one step: by
     * addresses, or by connection where sysctl {@code fib_multipath_hash_policy} is 1. Without neighbours they are dropped.
     */
    public synchronized void replaceRoute(Cidr destination, List<IpAddress> gateways) throws KernelException {
        RouteMessages.replace(socket, destination, gateways);
    }

    /** Adds a request to add a route to a batch. */
    public void addRoute(NetlinkBatch batch, Route route) {
        RouteMessages.add(batch, route);
    }

    /** Adds a request to delete a route to a batch. */
    public void deleteRoute(NetlinkBatch batch, Route route) {
        RouteMessages.delete(batch, route);
    }

    /** Sends a batch and waits until all of it is done. */
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

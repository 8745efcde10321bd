package io.pointsman.agent;

import io.pointsman.linux.route.LinkAddress;
import io.pointsman.linux.route.Route;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.HostAddresses;
import java.io.IOException;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the addresses of this host's interfaces, and those that its subnets and routes need, in the calling thread's
 * network namespace.
 */
final class HostNetworkReader {
    private static final boolean HAS_NETLINK = System.getProperty("os.name").equals("Linux");

    private final Set<IpAddress> own = new HashSet<>();
    private final Map<IpAddress, String> taken = new HashMap<>();

    private HostNetworkReader() {}

    /** @throws IOException if the kernel can't be asked */
    static HostAddresses read() throws IOException {
        final HostNetworkReader reader = new HostNetworkReader();
        if (HAS_NETLINK) {
            reader.ask();
        } else {
            final List<InterfaceAddress> all = NetworkInterface.networkInterfaces()
                    .flatMap(link -> link.getInterfaceAddresses().stream())
                    .toList();
            all.forEach(one -> reader.add(IpAddress.of(one.getAddress()), one.getNetworkPrefixLength()));
        }
        reader.taken.keySet().removeAll(reader.own);
        return new HostAddresses(reader.own, reader.taken);
    }

    private void ask() throws IOException {
        try (RouteNetlink netlink = RouteNetlink.open()) {
            for (LinkAddress one : netlink.addresses()) {
                add(one.address(), one.prefixLength());
            }
            for (IpFamily family : IpFamily.values()) {
                for (Route route : netlink.routes(family)) {
                    route.gateway().ifPresent(gateway -> taken.put(gateway, "the next hop to " + route.destination()));
                }
            }
        }
    }

    private void add(IpAddress address, int prefixLength) {
        own.add(address);
        // both addresses of a link between two hosts belong to hosts (RFC 3021, RFC 6164)
        if (prefixLength < address.family().bits() - 1 && !address.isLoopback()) {
            final Cidr subnet = new Cidr(address, prefixLength);
            taken.putIfAbsent(
                    subnet.address(),
                    (address.isIpv4() ? "the network address of " : "the address of any router of ") + subnet);
            if (address.isIpv4()) {
                final int hostBits = (int) (0xFFFF_FFFFL >>> prefixLength);
                taken.putIfAbsent(
                        IpAddress.ofIpv4((int) address.low() | hostBits), "the broadcast address of " + subnet);
            }
        }
    }
}

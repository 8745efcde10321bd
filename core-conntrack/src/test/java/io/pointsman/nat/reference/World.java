package io.pointsman.nat.reference;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The few addresses that random histories play with: few, so that tuples collide often. The tutorial's, where it names one. */
public final class World {
    public static final int SERVICES = 4;
    public static final int NODE_PORT_BASE = 30_080;
    public static final String POD_INTERFACE = "cni0";
    public static final String UPLINK = "eth0";

    private final IpFamily family;

    public World(IpFamily family) {
        this.family = family;
    }

    public IpFamily family() {
        return family;
    }

    private IpAddress address(String ipv4, String ipv6) {
        return IpAddress.parse(family == IpFamily.IPV4 ? ipv4 : ipv6);
    }

    public Cidr everywhere() {
        return new Cidr(IpAddress.unspecified(family), 0);
    }

    public IpAddress primary() {
        return address("10.240.0.4", "fd00:240::4");
    }

    public IpAddress bridge() {
        return address("10.180.1.1", "fd00:180:1::1");
    }

    public IpAddress loopback() {
        return address("127.0.0.1", "::1");
    }

    public Cidr podRange() {
        return new Cidr(bridge(), family == IpFamily.IPV4 ? 24 : 64);
    }

    public Cidr serviceRange() {
        return new Cidr(clusterIp(0), family == IpFamily.IPV4 ? 16 : 64);
    }

    public IpAddress clusterIp(int service) {
        return address("10.0.65." + (10 + service), "fd00:10::" + (10 + service));
    }

    public IpAddress externalIp(int service) {
        return address("203.0.113." + (10 + service), "2001:db8:113::" + (10 + service));
    }

    public IpAddress balancerIp(int service) {
        return address("203.0.113." + (140 + service), "2001:db8:114::" + (10 + service));
    }

    public IpAddress localPod(int pod) {
        return address("10.180.1." + (136 + pod), "fd00:180:1::" + (136 + pod));
    }

    public IpAddress remotePod(int pod) {
        return address("10.244.3." + (8 + pod), "fd00:244:3::" + (8 + pod));
    }

    public IpAddress stranger(int client) {
        return address("198.51.100." + (79 + client), "2001:db8:51::" + (79 + client));
    }

    public IpAddress router() {
        return address("192.0.2.1", "2001:db8:2::1");
    }

    /** Everybody who may open a connection. */
    public List<IpAddress> clients() {
        final List<IpAddress> clients = new ArrayList<>(List.of(primary(), bridge(), remotePod(0)));
        for (int i = 0; i < 3; i++) {
            clients.add(stranger(i));
            clients.add(localPod(i));
        }
        return List.copyOf(clients);
    }

    /** The interface that packets of this client come in on; none for the node's own. */
    public Optional<String> inputOf(IpAddress client) {
        if (client.equals(primary()) || client.equals(bridge())) {
            return Optional.empty();
        }
        return Optional.of(podRange().contains(client) ? POD_INTERFACE : UPLINK);
    }
}

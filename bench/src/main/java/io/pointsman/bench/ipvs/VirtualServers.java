package io.pointsman.bench.ipvs;

import io.pointsman.linux.ipvs.Destination;
import io.pointsman.linux.ipvs.FoundServer;
import io.pointsman.linux.ipvs.IpvsNetlink;
import io.pointsman.linux.ipvs.ServerKey;
import io.pointsman.linux.ipvs.ServerSpec;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.spi.ipvs.host.Owned;
import io.pointsman.spi.ipvs.servers.Servers;
import io.pointsman.spi.ipvs.translate.ServerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Many virtual servers, to write by the backend's netlink code without VIPs, sets and rules, or as input for ipvsadm. */
public final class VirtualServers {
    private static final int FIRST_VIP = 0x0A60_0001; // 10.96.0.1
    private static final int FIRST_DESTINATION = 0x0AB4_0001; // 10.180.0.1
    private static final int PORT = 80;
    private static final int DESTINATION_PORT = 8080;

    private final int servers;
    private final int destinations;

    /** Plans this number of virtual servers, each with this number of destinations of its own. */
    public VirtualServers(int servers, int destinations) {
        this.servers = servers;
        this.destinations = destinations;
    }

    /** Returns the number of netlink requests: one for each virtual server and each destination. */
    public int requests() {
        return servers * (1 + destinations);
    }

    private static IpAddress vip(int server) {
        return IpAddress.ofIpv4(FIRST_VIP + server);
    }

    private IpAddress destination(int server, int number) {
        return IpAddress.ofIpv4(FIRST_DESTINATION + server * destinations + number);
    }

    /** Returns input for {@code ipvsadm --restore}. */
    public String forIpvsadm() {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < servers; i++) {
            final String server = "-t " + vip(i) + ":" + PORT;
            text.append("-A ").append(server).append(" -s rr\n");
            for (int j = 0; j < destinations; j++) {
                text.append("-a ").append(server).append(" -r ").append(destination(i, j));
                text.append(':').append(DESTINATION_PORT).append(" -m -w 1\n");
            }
        }
        return text.toString();
    }

    /**
     * Creates the virtual servers in the calling thread's network namespace, ledger included; returns the time in
     * nanoseconds.
     */
    public long make(Path state) throws IOException {
        final Map<ServerKey, Optional<ServerConfig>> wanted = new LinkedHashMap<>();
        for (int i = 0; i < servers; i++) {
            final Map<Destination, Integer> weights = new HashMap<>();
            for (int j = 0; j < destinations; j++) {
                weights.put(new Destination(destination(i, j), DESTINATION_PORT), 1);
            }
            wanted.put(
                    ServerKey.of(Protocol.TCP, vip(i), PORT),
                    Optional.of(new ServerConfig(new ServerSpec("rr", 0, 0), weights, true)));
        }
        final Servers kernel = Servers.open(Owned.ledger(state), 1).orElseThrow();
        try {
            final long startNanos = System.nanoTime();
            final int requests = kernel.apply(wanted, startNanos);
            final long tookNanos = System.nanoTime() - startNanos;
            if (requests != requests() || !kernel.refused().isEmpty()) {
                throw new IOException(requests + " requests, not " + requests() + "; refused " + kernel.refused());
            }
            return tookNanos;
        } finally {
            kernel.close();
        }
    }

    /**
     * Fails if the kernel has other virtual servers or destinations. Reads them by netlink, as a long listing in /proc is
     * incomplete.
     */
    public void check() throws IOException {
        int found = 0;
        try (IpvsNetlink kernel = IpvsNetlink.open((_, _) -> {}).orElseThrow()) {
            for (FoundServer server : kernel.servers()) {
                found += 1 + kernel.destinations(server.key()).size();
            }
        }
        if (found != requests()) {
            throw new IOException("the kernel has " + found + " virtual servers and destinations, not " + requests());
        }
    }
}

package io.pointsman.bench.ipvs;

import io.pointsman.bench.kernel.Namespaces;
import io.pointsman.bench.kernel.Services;
import io.pointsman.bench.kernel.Sync;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * The part of the benchmark that needs a kernel with IPVS: {@code stateFolder changes SIZE[,SIZE]... SERVERSxROUNDS...}.
 * First, for each size, a plan with this number of services and changes of one of them; then virtual servers by netlink
 * and by ipvsadm in turn. Prints lines of {@code name|value}, and others for people.
 */
public final class IpvsMain {
    private static final int ENDPOINTS = 5;
    private static final int CHANGED = 7;

    private final Path folder;
    private int namespaces;

    private IpvsMain(Path folder) {
        this.folder = folder;
    }

    public static void main(String[] args) throws IOException, BackendException {
        final IpvsMain main = new IpvsMain(Files.createDirectories(Path.of(args[0])));
        for (String size : args[2].split(",", -1)) {
            main.changes(Integer.parseInt(size), Integer.parseInt(args[1]));
        }
        for (int i = 3; i < args.length; i++) {
            final String[] words = args[i].split("x", 2);
            main.rounds(
                    new VirtualServers(Integer.parseInt(words[0]), ENDPOINTS), words[0], Integer.parseInt(words[1]));
        }
    }

    private static void value(String name, double value) {
        System.out.printf(Locale.ROOT, "%s|%.4f%n", name, value);
    }

    private void changes(int services, int changes) throws IOException, BackendException {
        System.out.println("a plan of " + services + " services, then changes of one");
        try (Namespaces made = new Namespaces()) {
            final NetworkNamespace node = made.make("node" + namespaces++);
            Namespaces.run(node, "", "sh", "-ec", "ip link add d0 type dummy; ip addr add 10.240.0.2/24 dev d0");
            node.call(() -> {
                changesInside(services, changes);
                return services;
            });
        }
    }

    private void changesInside(int services, int changes) throws BackendException {
        final BackendConfig config = new BackendConfig(folder.resolve("plan" + services), Map.of());
        try (Sync sync = Sync.open("ipvs", config)) {
            value("first apply of a whole plan, s|" + services, seconds(sync.step(Services.all(services, ENDPOINTS))));
            for (int i = 0; i < changes; i++) {
                value(
                        "one endpoint replaced, ms|" + services,
                        1000 * seconds(sync.step(Services.replaceEndpoint(CHANGED, ENDPOINTS, i))));
            }
            for (int i = 0; i < changes; i++) {
                value("one service removed, ms|" + services, 1000 * seconds(sync.step(Services.none(CHANGED))));
                value("one service added, ms|" + services, 1000 * seconds(sync.step(Services.one(CHANGED, ENDPOINTS))));
            }
            if (!sync.audit().isClean()) {
                throw new IllegalStateException("the kernel has not what was written: " + sync.audit());
            }
        }
    }

    /** Returns the backend's time, without the resolver's. */
    private static double seconds(Sync.Times times) {
        return (times.total() - times.resolve()) / 1e3;
    }

    private void rounds(VirtualServers servers, String name, int rounds) throws IOException {
        for (int round = 0; round < rounds; round++) {
            System.out.printf("%s virtual servers x %d, round %d of %d%n", name, ENDPOINTS, round + 1, rounds);
            // in turn, as the first one finds fewer lines cached
            final double ours;
            final double theirs;
            if (round % 2 == 0) {
                ours = netlink(servers);
                theirs = ipvsadm(servers);
            } else {
                theirs = ipvsadm(servers);
                ours = netlink(servers);
            }
            value("netlink, s|" + name, ours);
            value("ipvsadm -R, s|" + name, theirs);
            value("ipvsadm / netlink|" + name, theirs / ours);
        }
    }

    private double netlink(VirtualServers servers) throws IOException {
        try (Namespaces made = new Namespaces()) {
            final NetworkNamespace node = made.make("netlink" + namespaces++);
            final Path state = folder.resolve(node.name());
            final double seconds = node.call(() -> servers.make(state)) / 1e9;
            check(node, servers);
            return seconds;
        }
    }

    private double ipvsadm(VirtualServers servers) throws IOException {
        try (Namespaces made = new Namespaces()) {
            final NetworkNamespace node = made.make("ipvsadm" + namespaces++);
            final String text = servers.forIpvsadm();
            final long startNanos = System.nanoTime();
            Namespaces.run(node, text, "ipvsadm", "-R");
            final double seconds = (System.nanoTime() - startNanos) / 1e9;
            check(node, servers);
            return seconds;
        }
    }

    private static void check(NetworkNamespace node, VirtualServers servers) throws IOException {
        node.call(() -> {
            servers.check();
            return servers;
        });
    }
}

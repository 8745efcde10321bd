package io.pointsman.bench.iptables;

import io.pointsman.bench.kernel.Services;
import io.pointsman.bench.kernel.Sync;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * A fresh process that brings services into the kernel, as an agent does when it starts, then changes one endpoint at a time:
 * {@code netns flavour services endpoints changes stateDirectory}. Prints lines of {@code name value}.
 */
public final class SyncMain {
    private SyncMain() {}

    public static void main(String[] args) throws Exception {
        final int services = Integer.parseInt(args[2]);
        final int endpoints = Integer.parseInt(args[3]);
        try (Sync sync = open(args[0], args[1], Path.of(args[5]))) {
            print("first", sync.step(Services.all(services, endpoints)));
            for (int i = 0; i < Integer.parseInt(args[4]); i++) {
                final int service = (int) (i * 7919L % services);
                print("change", sync.step(Services.replaceEndpoint(service, endpoints, i)));
            }
            final long startNanos = System.nanoTime();
            if (!sync.audit().isClean()) {
                throw new IllegalStateException("the kernel has other rules than were written");
            }
            print("audit", (System.nanoTime() - startNanos) / 1e6);
            print("memory", residentKib() / 1024);
        }
    }

    static Sync open(String netns, String flavour, Path state) throws BackendException {
        return Sync.open("iptables", new BackendConfig(state, Map.of("netns", netns, "flavour", flavour)));
    }

    private static void print(String name, Sync.Times times) {
        print(name, times.total());
        print(name + "-apply", times.total() - times.resolve());
        print(name + "-own", times.own());
    }

    private static void print(String name, double value) {
        System.out.printf(Locale.ROOT, "%s %.3f%n", name, value);
    }

    /** What the kernel holds in memory for this process. */
    private static double residentKib() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")))
                .sum();
    }
}

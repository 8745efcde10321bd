package io.pointsman.bench.nftables;

import io.pointsman.bench.kernel.Services;
import io.pointsman.bench.kernel.Sync;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.Table;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.model.IpFamily;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * A fresh process that brings services into the kernel, as an agent does when it starts, then changes one endpoint at a time
 * and looks whether all is there: {@code netns services endpoints changes stateDirectory}. Prints lines of {@code name value}.
 */
public final class NftablesMain {
    private static final TableId OTHER = new TableId(IpFamily.IPV4, "other");

    private NftablesMain() {}

    public static void main(String[] args) throws Exception {
        final int services = Integer.parseInt(args[1]);
        final int endpoints = Integer.parseInt(args[2]);
        try (Sync sync = open(args[0], Path.of(args[4]))) {
            print("first", sync.step(Services.all(services, endpoints)));
            for (int i = 0; i < Integer.parseInt(args[3]); i++) {
                final int service = (int) (i * 7919L % services);
                print("change", sync.step(Services.replaceEndpoint(service, endpoints, i)));
            }
            print("memory", residentKib() / 1024);
            audit("audit", sync);
            NetworkNamespace.named(args[0]).call(NftablesMain::somebodyElse);
            audit("read-back", sync);
        }
        print("kernel", KernelAlone.millis(args[0], services, endpoints));
    }

    /** Without a watch: then nobody accounts for the transactions of others, and an audit after one reads everything. */
    static Sync open(String netns, Path state) throws BackendException {
        return Sync.open("nftables", new BackendConfig(state, Map.of("netns", netns, "watch-seconds", "0")));
    }

    private static boolean somebodyElse() throws IOException {
        try (NfTables kernel = NfTables.open()) {
            kernel.commit(new Transaction().create(Table.of(OTHER)));
            kernel.commit(new Transaction().deleteTable(OTHER));
        }
        return true;
    }

    private static void audit(String name, Sync sync) throws BackendException {
        final var threads = ManagementFactory.getThreadMXBean();
        final long startNanos = System.nanoTime();
        final long cpuBeforeNanos = threads.getCurrentThreadCpuTime();
        if (!sync.audit().isClean()) {
            throw new IllegalStateException("the kernel has other rules than were written");
        }
        print(name, (System.nanoTime() - startNanos) / 1e6);
        print(name + "-own", (threads.getCurrentThreadCpuTime() - cpuBeforeNanos) / 1e6);
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

package io.pointsman.bench.nftables;

import io.pointsman.bench.kernel.FreshJvm;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.nftables.Element;
import io.pointsman.linux.nftables.NamedCounter;
import io.pointsman.linux.nftables.NamedSet;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.Table;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * The least that any program could take: what a backend wrote, read back and written into another table, in transactions as
 * large as the backend's that were encoded before.
 */
final class KernelAlone {
    private static final TableId WRITTEN = new TableId(IpFamily.IPV4, "pointsman");
    private static final TableId ALONE = new TableId(IpFamily.IPV4, "alone");
    private static final int BATCH = 20_000;

    private final List<Transaction> transactions = new ArrayList<>();

    private KernelAlone() {}

    /** Tells of "kernel", from the first call that sends until the last returns, and of "kernel-own", its processor time. */
    static void measure(String netns) throws IOException {
        try (NfTables kernel = NetworkNamespace.named(netns).call(NfTables::open)) {
            final KernelAlone alone = new KernelAlone();
            alone.encode(kernel);
            final var threads = ManagementFactory.getThreadMXBean();
            final long startNanos = System.nanoTime();
            final long cpuBeforeNanos = threads.getCurrentThreadCpuTime();
            for (Transaction transaction : alone.transactions) {
                kernel.commit(transaction);
            }
            FreshJvm.print("kernel", (System.nanoTime() - startNanos) / 1e6);
            FreshJvm.print("kernel-own", (threads.getCurrentThreadCpuTime() - cpuBeforeNanos) / 1e6);
        }
    }

    private void encode(NfTables kernel) throws IOException {
        final List<NamedSet> sets = kernel.sets(WRITTEN);
        final Transaction layout = new Transaction().create(Table.of(ALONE));
        sets.forEach(set -> layout.add(ALONE, set));
        kernel.chains(WRITTEN).forEach(chain -> layout.add(ALONE, chain));
        kernel.rules(WRITTEN).forEach(rule -> layout.append(ALONE, rule.withoutHandle()));
        transactions.add(layout);
        final List<NamedCounter> counters = kernel.counters(WRITTEN);
        for (int from = 0; from < counters.size(); from += BATCH) {
            final Transaction some = new Transaction();
            counters.subList(from, Math.min(counters.size(), from + BATCH))
                    .forEach(counter -> some.add(ALONE, NamedCounter.of(counter.name())));
            transactions.add(some);
        }
        for (NamedSet set : sets) {
            final List<Element> elements = kernel.elements(WRITTEN, set);
            for (int from = 0; from < elements.size(); from += BATCH) {
                transactions.add(new Transaction()
                        .addElements(ALONE, set, elements.subList(from, Math.min(elements.size(), from + BATCH))));
            }
        }
    }
}

package io.pointsman.bench.nftables;

import io.pointsman.bench.kernel.FreshJvm;
import io.pointsman.bench.kernel.Memory;
import io.pointsman.bench.kernel.Sync;
import io.pointsman.bench.kernel.SyncSteps;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.Table;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.model.IpFamily;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * A new process that programs services into the kernel, as an agent does when it starts, then changes one endpoint at a
 * time and audits: {@code netns services endpoints changes stateDirectory}.
 */
public final class NftablesMain {
    /** Number of further audits: a running agent repeats them, by then with compiled code. */
    private static final int LATER = 3;

    private static final TableId OTHER = new TableId(IpFamily.IPV4, "other");

    private NftablesMain() {}

    public static void main(String[] args) throws Exception {
        final int services = Integer.parseInt(args[1]);
        final int endpoints = Integer.parseInt(args[2]);
        try (Sync sync = open(args[0], Path.of(args[4]))) {
            final SyncSteps steps = new SyncSteps(sync);
            steps.load(services, endpoints, Integer.parseInt(args[3]));
            FreshJvm.print(
                    "memory", Memory.residentMebibytes(ProcessHandle.current().pid()));
            steps.audit("audit");
            readBack(steps, args[0], "read-back");
            for (int i = 0; i < LATER; i++) {
                readBack(steps, args[0], "read-back-later");
            }
        }
        KernelAlone.measure(args[0]);
    }

    /**
     * Opens the backend without its watch: so it does not know of others' transactions, and an audit after one reads
     * everything.
     */
    static Sync open(String netns, Path state) throws BackendException {
        return Sync.open("nftables", new BackendConfig(state, Map.of("netns", netns, "watch-seconds", "0")));
    }

    /** Audits after another program's transaction: reads everything. */
    private static void readBack(SyncSteps steps, String netns, String name) throws Exception {
        NetworkNamespace.named(netns).call(NftablesMain::commitElsewhere);
        steps.audit(name);
    }

    private static boolean commitElsewhere() throws IOException {
        try (NfTables kernel = NfTables.open()) {
            kernel.commit(new Transaction().create(Table.of(OTHER)));
            kernel.commit(new Transaction().deleteTable(OTHER));
        }
        return true;
    }
}

package io.pointsman.bench.iptables;

import io.pointsman.bench.kernel.FreshJvm;
import io.pointsman.bench.kernel.Memory;
import io.pointsman.bench.kernel.Sync;
import io.pointsman.bench.kernel.SyncSteps;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import java.nio.file.Path;
import java.util.Map;

/**
 * A new process that programs services into the kernel, as an agent does when it starts, then changes one endpoint at a
 * time: {@code netns flavour services endpoints changes stateDirectory}.
 */
public final class IptablesMain {
    private IptablesMain() {}

    public static void main(String[] args) throws Exception {
        try (Sync sync = open(args[0], args[1], Path.of(args[5]))) {
            final SyncSteps steps = new SyncSteps(sync);
            steps.load(Integer.parseInt(args[2]), Integer.parseInt(args[3]), Integer.parseInt(args[4]));
            steps.audit("audit");
            FreshJvm.print(
                    "memory", Memory.residentMebibytes(ProcessHandle.current().pid()));
        }
    }

    static Sync open(String netns, String flavour, Path state) throws BackendException {
        return Sync.open("iptables", new BackendConfig(state, Map.of("netns", netns, "flavour", flavour)));
    }
}

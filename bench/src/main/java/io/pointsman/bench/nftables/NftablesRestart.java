package io.pointsman.bench.nftables;

import io.pointsman.bench.kernel.Sync;
import io.pointsman.bench.kernel.SyncSteps;
import io.pointsman.spi.BackendException;
import java.nio.file.Path;

/** A new process that takes over what {@link NftablesMain} left: {@code netns services endpoints stateDirectory}. */
public final class NftablesRestart {
    private NftablesRestart() {}

    public static void main(String[] args) throws BackendException {
        try (Sync sync = NftablesMain.open(args[0], Path.of(args[3]))) {
            new SyncSteps(sync).restart(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
        }
    }
}

package io.pointsman.spi.userspace;

import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.userspace.host.HostCapabilities;
import io.pointsman.testkit.contract.BackendContract;
import java.util.Map;

/** The contract again, for a process that may ask nothing of the host. */
class UnprivilegedContractTest extends BackendContract {
    @Override
    protected BackendProvider provider() {
        return new UserspaceProvider(() -> HostCapabilities.none("not asked for"));
    }

    @Override
    protected Map<String, String> settings() {
        return Map.of("event-loops", "2", "close-timeout", "0s");
    }
}

package io.pointsman.spi.userspace;

import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.userspace.host.HostCapabilities;
import io.pointsman.testkit.contract.BackendContract;
import java.util.Map;

/** Contract test for a process without privileges on the host. */
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

package io.pointsman.spi.userspace;

import io.pointsman.spi.BackendProvider;
import io.pointsman.testkit.contract.BackendContract;
import java.util.Map;

/** Contract test with real packets between network namespaces; skipped if there can be none. */
class UserspaceContractTest extends BackendContract {
    @Override
    protected BackendProvider provider() {
        return new UserspaceProvider();
    }

    @Override
    protected Map<String, String> settings() {
        return Map.of("event-loops", "2", "close-timeout", "0s");
    }
}

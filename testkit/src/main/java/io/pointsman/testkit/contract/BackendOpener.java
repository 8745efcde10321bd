package io.pointsman.testkit.contract;

import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.Capabilities;
import io.pointsman.testkit.lab.LabHost;

/** Opens the backend under test on a host, as often as a test restarts it, always with the same state folder. */
record BackendOpener(BackendProvider provider, BackendConfig config) {
    BackendOnNode open(LabHost node) throws BackendException {
        return BackendOnNode.open(node, provider, config);
    }

    Capabilities capabilities(LabHost node) {
        return node.call(provider::capabilities);
    }
}

package io.pointsman.spi.nftables;

import io.pointsman.linux.program.Programs;
import io.pointsman.spi.BackendProvider;
import io.pointsman.testkit.contract.BackendContract;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.util.Map;

class NftablesContractTest extends BackendContract {
    @Override
    protected BackendProvider provider() {
        return new NftablesProvider();
    }

    /** Room for fewer clients than the contract has. */
    @Override
    protected Map<String, String> settings() {
        return Map.of("affinity-size", "64");
    }

    @Override
    protected String diagnose(LabHost node) throws IOException {
        final Programs programs = Programs.ofNobody();
        return node.call(() -> programs.run("nft", "list", "ruleset").output());
    }
}

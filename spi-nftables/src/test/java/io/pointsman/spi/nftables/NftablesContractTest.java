package io.pointsman.spi.nftables;

import io.pointsman.linux.program.Programs;
import io.pointsman.spi.BackendProvider;
import io.pointsman.testkit.contract.BackendContract;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;

class NftablesContractTest extends BackendContract {
    @Override
    protected BackendProvider provider() {
        return new NftablesProvider();
    }

    @Override
    protected String diagnose(LabHost node) throws IOException {
        final Programs programs = Programs.ofNobody();
        return node.call(() -> programs.run("nft", "list", "ruleset").output());
    }
}

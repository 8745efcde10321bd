package com.example.plainnft;

import io.pointsman.spi.BackendProvider;
import io.pointsman.testkit.contract.BackendContract;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;

class PlainNftContractTest extends BackendContract {
    @Override
    protected BackendProvider provider() {
        return new PlainNftProvider();
    }

    @Override
    protected String diagnose(LabHost node) throws IOException {
        return node.run("nft", "list", "ruleset").output();
    }
}

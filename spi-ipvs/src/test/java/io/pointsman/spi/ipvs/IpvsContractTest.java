package io.pointsman.spi.ipvs;

import io.pointsman.spi.BackendProvider;
import io.pointsman.testkit.contract.BackendContract;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.util.Map;

/** On a kernel that has IPVS: this host's, or the one that {@link IpvsInUmlTest} boots. */
class IpvsContractTest extends BackendContract {
    @Override
    protected BackendProvider provider() {
        return new IpvsProvider();
    }

    @Override
    protected Map<String, String> settings() {
        return Map.of("drain-poll-seconds", "1");
    }

    @Override
    protected String diagnose(LabHost node) throws IOException {
        return node.run("ipvsadm", "-Ln").output()
                + node.run("ipset", "save").output()
                + node.run("ip", "route", "show", "table", "local").output();
    }
}

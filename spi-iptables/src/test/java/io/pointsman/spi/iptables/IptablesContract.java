package io.pointsman.spi.iptables;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.program.Programs;
import io.pointsman.model.IpFamily;
import io.pointsman.spi.BackendProvider;
import io.pointsman.testkit.contract.BackendContract;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.util.Map;

/** Contract test with one flavour of iptables. */
abstract class IptablesContract extends BackendContract {
    private final Flavour flavour;

    IptablesContract(Flavour flavour) {
        this.flavour = flavour;
    }

    @Override
    protected BackendProvider provider() {
        return new IptablesProvider();
    }

    @Override
    protected Map<String, String> settings() {
        return Map.of("flavour", flavour.word());
    }

    @Override
    protected String diagnose(LabHost node) throws IOException {
        final Programs programs = Programs.ofNobody();
        final StringBuilder rules = new StringBuilder();
        for (IpFamily family : IpFamily.values()) {
            rules.append(node.call(() -> programs.run(flavour.save(family)).output()));
        }
        return rules.toString();
    }
}

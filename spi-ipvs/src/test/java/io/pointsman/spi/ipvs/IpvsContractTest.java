package io.pointsman.spi.ipvs;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.ipvs.host.Trial;
import io.pointsman.testkit.ConformanceCase;
import io.pointsman.testkit.contract.BackendContract;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Contract test on a kernel that has IPVS: this host's, or the one that {@link IpvsInUmlTest} boots. */
class IpvsContractTest extends BackendContract {
    /** Cases left out here: they test the plan, not the backend, and a kernel in User Mode Linux takes minutes. */
    private static final Set<String> OF_THE_PLAN = Set.of(
            "affinity-first-packets",
            "endpoint-conditions-absent",
            "load-balancer-ip-mode",
            "masquerade-all-policies",
            "node-port-addresses-edges",
            "policies-origins-faces",
            "services-left-alone",
            "slices-put-together",
            "topology-hints-packets");

    @Override
    protected List<ConformanceCase> cases() {
        return super.cases().stream()
                .filter(file -> !OF_THE_PLAN.contains(file.id()))
                .toList();
    }

    @Override
    protected BackendProvider provider() {
        return new IpvsProvider();
    }

    /** Sets the flavour of iptables, found once: the search takes a fifth of a case's time in User Mode Linux. */
    @Override
    protected Map<String, String> settings() {
        return Map.of("drain-poll-seconds", "1", "flavour", Found.FLAVOUR);
    }

    private static final class Found {
        static final String FLAVOUR = Trial.probe()
                .find(Optional.empty())
                .flavour()
                .map(Flavour::word)
                .orElse("auto");
    }

    @Override
    protected String diagnose(LabHost node) throws IOException {
        return node.run("ipvsadm", "-Ln").output()
                + node.run("ipset", "save").output()
                + node.run("ip", "route", "show", "table", "local").output();
    }
}

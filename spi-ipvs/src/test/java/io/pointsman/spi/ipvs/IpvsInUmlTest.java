package io.pointsman.spi.ipvs;

import io.pointsman.spi.Availability;
import io.pointsman.testkit.contract.Share;
import io.pointsman.testkit.uml.UmlTests;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** Runs the tests that need IPVS in User Mode Linux, if this host's kernel has no IPVS. */
class IpvsInUmlTest {
    @TestFactory
    @Timeout(1500)
    List<DynamicNode> inUml() throws IOException, InterruptedException {
        final Availability here = new IpvsProvider().probe();
        if (here.isAvailable()) {
            final String reason = "they run on this host's own kernel: " + here.reason();
            System.err.println("skipped: " + reason);
            Assumptions.abort(reason);
        }
        return UmlTests.runTogether(List.of(
                machine(IpvsContractTest.class).property(Share.PROPERTY, "1/2"),
                machine(IpvsKernelTest.class, IpvsPacketsTest.class, IpvsHostTest.class, IpvsContractTest.class)
                        .property(Share.PROPERTY, "2/2")));
    }

    private static UmlTests machine(Class<?>... classes) {
        return UmlTests.of(classes)
                .modules("ip_vs", "nf_conntrack_netlink", "dummy", "veth", "bridge", "br_netfilter")
                .within(Duration.ofMinutes(24));
    }
}

package io.pointsman.agent.kubeproxy;

import io.pointsman.testkit.uml.UmlTests;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** Runs the test that needs virtual servers in User Mode Linux. */
class KubeProxyInUmlTest {
    @TestFactory
    @Timeout(400)
    List<DynamicNode> inUml() throws IOException, InterruptedException {
        return UmlTests.of(KubeProxyVirtualServersTest.class)
                .modules("ip_vs", "ip_set", "dummy", "veth")
                .within(Duration.ofMinutes(6))
                .run();
    }
}

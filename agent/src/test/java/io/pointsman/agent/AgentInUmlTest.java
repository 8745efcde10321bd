package io.pointsman.agent;

import io.pointsman.agent.faults.ClockStepsTest;
import io.pointsman.agent.kubeproxy.KubeProxyVirtualServersTest;
import io.pointsman.testkit.uml.UmlTests;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** Runs tests in User Mode Linux that need IPVS virtual servers, or a clock that they may set. */
class AgentInUmlTest {
    @TestFactory
    @Timeout(400)
    List<DynamicNode> inUml() throws IOException, InterruptedException {
        return UmlTests.of(KubeProxyVirtualServersTest.class, ClockStepsTest.class)
                .modules("ip_vs", "ip_set", "dummy", "veth")
                .property(ClockStepsTest.OWN_CLOCK, "true")
                .within(Duration.ofMinutes(6))
                .run();
    }
}

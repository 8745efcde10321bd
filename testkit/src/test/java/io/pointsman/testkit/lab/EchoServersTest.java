package io.pointsman.testkit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import java.io.IOException;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EchoServersTest {
    private static final int TIMES = 2_000;

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    /** A closed server must free its address, whatever its selector is doing. */
    @ParameterizedTest
    @EnumSource(names = {"TCP", "UDP"})
    void shouldServeAgainRightAfterTheLastServerWasClosed(Protocol protocol) throws IOException {
        final LabCluster cluster = labs.closing(LabCluster.tutorial());
        final IpAddress app = IpAddress.parse("10.180.1.136");
        final LabHost host = cluster.host("source-ip-app");
        int served = 0;
        for (int i = 0; i < TIMES; i++) {
            try (EchoServer _ = host.serveEcho(protocol, app, 8080)) {
                served++;
            }
        }
        assertThat(served).isEqualTo(TIMES);
    }
}

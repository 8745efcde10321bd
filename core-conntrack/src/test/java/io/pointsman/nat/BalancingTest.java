package io.pointsman.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Balancing;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BalancingTest {
    @ParameterizedTest
    @EnumSource(Balancing.class)
    @Timeout(20)
    void shouldRefuseWhenEveryEndpointHasWeightZero(Balancing balancing) {
        try (NatEngine engine = Plans.engine(
                EngineConfig.DEFAULT,
                Plans.rule(Protocol.TCP, "10.0.0.1", 80)
                        .balancing(balancing)
                        .to(Plans.weighted("10.180.1.2", 8080, 0), Plans.weighted("10.180.1.3", 8080, 0)))) {
            assertThat(engine.connect(
                            Protocol.TCP, IpAddress.parse("198.51.100.79"), 40_000, IpAddress.parse("10.0.0.1"), 80, 0))
                    .isEqualTo(new ConnectDecision.Refused(Verdict.REJECT, Reason.NO_ENDPOINT));
        }
    }
}

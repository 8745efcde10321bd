package io.pointsman.examples.packetagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PoolEndpoint;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VirtualServiceTest {
    @Test
    void shouldReadBothFamilies() {
        assertThat(VirtualService.parse("udp/10.96.0.10:53=10.2.0.2:5353,10.2.0.3:53"))
                .isEqualTo(new VirtualService(
                        Protocol.UDP,
                        IpAddress.parse("10.96.0.10"),
                        53,
                        List.of(
                                new PoolEndpoint(IpAddress.parse("10.2.0.2"), 5353, 1, false),
                                new PoolEndpoint(IpAddress.parse("10.2.0.3"), 53, 1, false))));
        assertThat(VirtualService.parse("tcp/[fd00:96::1]:80=[fd00:2::2]:8080"))
                .isEqualTo(new VirtualService(
                        Protocol.TCP,
                        IpAddress.parse("fd00:96::1"),
                        80,
                        List.of(new PoolEndpoint(IpAddress.parse("fd00:2::2"), 8080, 1, false))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "udp/10.96.0.10:53", "icmp/10.96.0.10:1=10.2.0.2:1", "tcp/fd00::1:80=", "tcp/10.96.0.10="})
    void shouldSayWhatIsWrong(String text) {
        assertThatThrownBy(() -> VirtualService.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(" is not ");
    }

    @Test
    void shouldRejectInThePlanWhatHasNoEndpoints() {
        final var plan = VirtualService.plan(List.of(
                VirtualService.parse("tcp/10.96.0.10:80="), VirtualService.parse("tcp/10.96.0.11:80=10.2.0.2:80")));
        assertThat(plan.rules())
                .hasEntrySatisfying(
                        new Frontend(Protocol.TCP, IpAddress.parse("10.96.0.10"), 80),
                        rule -> assertThat(rule.forwards()).isFalse())
                .hasEntrySatisfying(
                        new Frontend(Protocol.TCP, IpAddress.parse("10.96.0.11"), 80),
                        rule -> assertThat(rule.keepsSource()).isTrue());
    }
}

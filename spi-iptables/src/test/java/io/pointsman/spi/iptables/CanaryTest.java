package io.pointsman.spi.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpFamily;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** In network namespaces of its own; needs root. */
class CanaryTest {
    @ParameterizedTest
    @EnumSource(Flavour.class)
    void shouldGiveTheAlarmOnceWhenATableWasFlushed(Flavour flavour) throws Exception {
        try (NetNs netns = NetNs.create()) {
            final String iptables = "iptables-" + flavour.word();
            netns.run(iptables, "-t", "nat", "-N", Names.CANARY);
            netns.run(iptables, "-t", "filter", "-N", Names.CANARY);
            final Canary canary = new Canary(new Kernel(Place.of(netns.name), 5), flavour, 0);

            canary.look(List.of(IpFamily.IPV4));
            assertThat(canary.takeAlarm()).isFalse();

            netns.run(iptables, "-t", "nat", "-X");
            canary.look(List.of(IpFamily.IPV4));
            assertThat(canary.takeAlarm()).isTrue();
            assertThat(canary.takeAlarm()).isFalse();
        }
    }
}

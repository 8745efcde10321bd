package io.pointsman.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.model.IpAddress;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PodDetectorTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "-j", "cni 0", "a\"b", "cni+", "cni*", "cni\n", "sixteen-letters0"})
    void shouldTakeNoInterfaceNameThatCouldBeSyntax(String name) {
        assertThatThrownBy(() -> new PodDetector.ByInterface(name, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + name + "\" is neither a valid interface name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cni0", "eth0.100", "br-1_a", "veth@x:1", "a23456789012345"})
    void shouldTakeTheNamesThatHostsGive(String name) {
        assertThat(new PodDetector.ByInterface(name, false).isPod(IpAddress.parse("10.0.0.1"), Optional.of(name)))
                .isTrue();
    }
}

package io.pointsman.linux.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.PodDetector;
import java.util.List;
import org.junit.jupiter.api.Test;

class PodMatchesTest {
    @Test
    void shouldMatchPodsAsTheNodeTellsThem() {
        final PodDetector byRange =
                new PodDetector.ByCidr(List.of(Cidr.parse("fd00::/64"), Cidr.parse("10.244.0.0/24")));
        assertThat(PodMatches.of(byRange, IpFamily.IPV4).matches()).containsExactly("-s 10.244.0.0/24 ");
        assertThat(PodMatches.of(byRange, IpFamily.IPV6).others()).contains("! -s fd00::/64 ");

        final PodMatches byPrefix = PodMatches.of(new PodDetector.ByInterface("veth", true), IpFamily.IPV6);
        assertThat(byPrefix.matches()).containsExactly("-i veth+ ");
        assertThat(byPrefix.others()).isEmpty();
        assertThat(PodMatches.of(new PodDetector.ByInterface("cni0", false), IpFamily.IPV4)
                        .matches())
                .containsExactly("-i cni0 ");

        assertThat(PodMatches.of(new PodDetector.Unknown(), IpFamily.IPV4).others())
                .contains("");
    }
}

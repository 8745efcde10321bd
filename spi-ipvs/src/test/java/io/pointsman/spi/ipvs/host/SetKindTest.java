package io.pointsman.spi.ipvs.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.ipset.Ipset;
import io.pointsman.model.IpFamily;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SetKindTest {
    @Test
    void shouldHaveNamesThatTheKernelTakes() {
        assertThat(SetKind.sets(List.of(IpFamily.values())))
                .extracting(Ipset::name)
                .doesNotHaveDuplicates()
                .contains("PTV4-DROP-POD", "PTV6-FRONTENDS")
                .allMatch(name -> name.length() <= 31); // IPSET_MAXNAMELEN with its zero byte is 32
    }

    @Test
    void shouldTellOurSetsFromThoseOfOthers() {
        assertThat(SetKind.ours(List.of("PTV4-VIPS", "PTV6-HEALTH", "PTV4-OTHER", "KUBE-CLUSTER-IP")))
                .isEqualTo(Set.of("PTV4-VIPS", "PTV6-HEALTH"));
    }
}

package io.pointsman.spi.ipvs.sets;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SetsTest {
    @Test
    void shouldReadOurElementsAndNoOthers() {
        final String saved = """
                create PTV4-FRONTENDS hash:ip,port family inet hashsize 1024 maxelem 1048576 bucketsize 12 initval 0x1
                add PTV4-FRONTENDS 10.0.0.1,tcp:80
                create PTV6-MARK-POD hash:ip,port family inet6 hashsize 1024 maxelem 1048576 skbinfo
                add PTV6-MARK-POD fd00::1,udp:53 skbmark 0x5abcdef0
                create PTV4-OTHER hash:ip family inet
                add PTV4-OTHER 10.0.0.1
                add KUBE-CLUSTER-IP 10.0.0.1,tcp:80
                """;

        assertThat(Sets.parse(saved))
                .containsExactlyInAnyOrder(
                        SetElement.of(SetKind.FRONTENDS, Protocol.TCP, IpAddress.parse("10.0.0.1"), 80),
                        SetElement.marked(SetKind.MARK_POD, Protocol.UDP, IpAddress.parse("fd00::1"), 53, 0x5ABCDEF0));
    }

    @Test
    void shouldHaveNamesThatTheKernelTakes() {
        assertThat(Arrays.stream(SetKind.values())
                        .flatMap(kind -> Arrays.stream(IpFamily.values()).map(kind::name)))
                .doesNotHaveDuplicates()
                .allMatch(name -> name.length() <= 31); // IPSET_MAXNAMELEN with its zero byte is 32
    }
}

package io.pointsman.linux.ipset;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import java.util.List;
import org.junit.jupiter.api.Test;

class IpsetsTest {
    @Test
    void shouldReadTheElementsOfKnownSetsAndNoOthers() {
        final Ipset frontends = new Ipset("PTV4-FRONTENDS", Ipset.Type.IP_PORT, IpFamily.IPV4, false);
        final Ipset marks = new Ipset("PTV6-MARK-POD", Ipset.Type.IP_PORT, IpFamily.IPV6, true);
        final String saved = """
                create PTV4-FRONTENDS hash:ip,port family inet hashsize 1024 maxelem 1048576 bucketsize 12 initval 0x1
                add PTV4-FRONTENDS 10.0.0.1,tcp:80
                create PTV6-MARK-POD hash:ip,port family inet6 hashsize 1024 maxelem 1048576 skbinfo
                add PTV6-MARK-POD fd00::1,udp:53 skbmark 0x5abcdef0
                create PTV4-OTHER hash:ip family inet
                add PTV4-OTHER 10.0.0.1
                add KUBE-CLUSTER-IP 10.0.0.1,tcp:80
                """;

        assertThat(Ipsets.parse(saved, List.of(frontends, marks)))
                .containsExactlyInAnyOrder(
                        IpsetElement.of(frontends, Protocol.TCP, IpAddress.parse("10.0.0.1"), 80),
                        IpsetElement.of(marks, Protocol.UDP, IpAddress.parse("fd00::1"), 53)
                                .withMark(0x5ABCDEF0));
    }
}

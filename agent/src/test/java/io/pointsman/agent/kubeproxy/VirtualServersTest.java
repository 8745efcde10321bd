package io.pointsman.agent.kubeproxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class VirtualServersTest {
    /** Output of {@code ipvsadm --save --numeric}. */
    private static final String SAVED = """
            -A -t 10.96.0.10:80 -s rr
            -a -t 10.96.0.10:80 -r 10.244.1.11:8080 -m -w 1
            -A -u 10.96.0.10:53 -s rr -p 10800
            -A -t 10.240.0.4:30080 -s rr
            -A -u 10.240.0.4:30080 -s rr
            -A --sctp-service 10.240.0.4:30090 -s rr
            -A -t 192.0.2.80:80 -s wlc
            -a -t 192.0.2.80:80 -r 10.96.0.10:80 -g -w 1
            -A -f 7 -s wlc
            -A -t [fd00:10:96::10]:80 -s rr
            -A -t [fd00:10:240::4]:30080 -s rr
            -A -t [2001:db8::80]:80 -s wlc
            """;

    private static final String SETS = """
            create KUBE-NODE-PORT-TCP bitmap:port range 0-65535
            add KUBE-NODE-PORT-TCP 30080
            create KUBE-6-NODE-PORT-TCP bitmap:port range 0-65535
            add KUBE-6-NODE-PORT-TCP 30080
            create KUBE-NODE-PORT-SCTP-HASH hash:ip,port family inet hashsize 1024 maxelem 65536
            add KUBE-NODE-PORT-SCTP-HASH 10.240.0.4,sctp:30090
            create KUBE-NODE-PORT-UDP bitmap:port range 0-65535
            create someones hash:ip,port
            add someones 192.0.2.80,tcp:80
            """;

    @Test
    void shouldChooseThoseOfItsAddressesAndItsNodePorts() {
        assertThat(VirtualServers.choose(SAVED, Set.of("10.96.0.10", "fd00:10:96::10"), VirtualServers.members(SETS)))
                .containsExactly(
                        "-t 10.96.0.10:80",
                        "-u 10.96.0.10:53",
                        "-t 10.240.0.4:30080",
                        "--sctp-service 10.240.0.4:30090",
                        "-t [fd00:10:96::10]:80",
                        "-t [fd00:10:240::4]:30080");
    }

    @Test
    void shouldChooseNoneWhereItHasNeitherAddressesNorSets() {
        assertThat(VirtualServers.choose(SAVED, Set.of(), VirtualServers.members("")))
                .isEmpty();
    }
}

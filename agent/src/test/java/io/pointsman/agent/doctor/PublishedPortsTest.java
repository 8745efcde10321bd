package io.pointsman.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PublishedPortsTest {
    /** Rules of the plugin portmap 1.1.1, of Docker without a published port, and of kube-proxy's node ports. */
    private static final String SAVED = """
            *filter
            -A PREROUTING -m addrtype --dst-type LOCAL -j OTHER
            -A OTHER -p tcp -m tcp --dport 1 -j DNAT --to-destination 10.244.1.5:1
            COMMIT
            *nat
            :PREROUTING ACCEPT [0:0]
            :CNI-HOSTPORT-DNAT - [0:0]
            -A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
            -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
            -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
            -A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
            -A KUBE-SERVICES -m comment --comment "last" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
            -A KUBE-NODEPORTS -p tcp -m tcp --dport 30080 -j DNAT --to-destination 10.244.1.6:80
            -A DOCKER -i docker0 -j RETURN
            -A CNI-DN-5a1527d2fe74c1a342e29 -s 10.244.1.0/24 -p tcp -m tcp --dport 443 -j CNI-HOSTPORT-SETMARK
            -A CNI-DN-5a1527d2fe74c1a342e29 -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.244.1.5:8443
            -A CNI-DN-5a1527d2fe74c1a342e29 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.244.1.5:8080
            -A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name" -m multiport --dports 80,443 -j CNI-DN-5a1527d2fe74c1a342e29
            -A CNI-HOSTPORT-SETMARK -m comment --comment "mark" -j MARK --set-xmark 0x2000/0x2000
            COMMIT
            """;

    @Test
    void shouldNameThePortsThatOthersTakeAtEveryAddressOfTheHost() {
        assertThat(PublishedPorts.in(SAVED))
                .containsExactly(new PublishedPorts("CNI-HOSTPORT-DNAT", List.of("443", "80")));
    }

    @Test
    void shouldEndWhenChainsCallEachOther() {
        assertThat(PublishedPorts.in("""
                        *nat
                        -A PREROUTING -m addrtype --dst-type LOCAL -j A
                        -A A -j B
                        -A B -j A
                        -A B -p udp -m udp --dport 53 -j REDIRECT --to-ports 5353
                        """)).containsExactly(new PublishedPorts("A", List.of("53")));
    }

    @Test
    void shouldFindNothingWhereNothingIs() {
        assertThat(PublishedPorts.in("")).isEmpty();
    }
}

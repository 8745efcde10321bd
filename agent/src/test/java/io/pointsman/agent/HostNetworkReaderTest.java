package io.pointsman.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.route.Route;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.HostAddresses;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Addresses that a host's network needs, read in a namespace with a network. */
class HostNetworkReaderTest {
    @RegisterExtension
    final LabExtension labs = new LabExtension();

    private static IpAddress ip(String text) {
        return IpAddress.parse(text);
    }

    @Test
    void shouldKnowSubnetsAndNextHops() throws IOException {
        final Lab lab = labs.closing(Lab.open());
        final LabHost host = lab.addHost("host");
        lab.connect(host, "eth0", lab.addHost("router"), "eth0");
        host.addAddress("eth0", ip("192.0.2.7"), 24).addAddress("eth0", ip("2001:db8::7"), 64);
        host.addAddress("eth0", ip("198.51.100.4"), 31);
        host.route(Route.everything(IpFamily.IPV4), ip("192.0.2.1"));
        host.route(Route.everything(IpFamily.IPV6), ip("2001:db8::1"));

        final HostAddresses read = host.call(HostNetworkReader::read);

        assertThat(read.own()).contains(ip("127.0.0.1"), ip("192.0.2.7"), ip("2001:db8::7"), ip("198.51.100.4"));
        assertThat(read.taken())
                .containsAllEntriesOf(Map.of(
                        ip("192.0.2.0"), "the network address of 192.0.2.0/24",
                        ip("192.0.2.255"), "the broadcast address of 192.0.2.0/24",
                        ip("192.0.2.1"), "the next hop to 0.0.0.0/0",
                        ip("2001:db8::"), "the address of any router of 2001:db8::/64",
                        ip("2001:db8::1"), "the next hop to ::/0"))
                .doesNotContainKeys(ip("192.0.2.7"), ip("127.0.0.0"), ip("198.51.100.5"));
    }
}

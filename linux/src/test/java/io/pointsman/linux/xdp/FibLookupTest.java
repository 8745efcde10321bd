package io.pointsman.linux.xdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.Sysctl;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.route.Link;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.IpAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FibLookupTest {
    private static final NextHop.HardwareAddress NEIGHBOUR = new NextHop.HardwareAddress(0x0200_0000_0007L);

    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    @ParameterizedTest
    @CsvSource({
        "10.1.0.1, 24, 10.1.0.9, 10.2.0.1, 10.2.0.7, 10.3.0.1",
        "fd00:1::1, 64, fd00:1::9, fd00:2::1, fd00:2::7, fd00:3::1"
    })
    void shouldAnswerWhatTheKernelWouldDo(
            String own, int prefix, String client, String egress, String neighbour, String unrouted) throws Exception {
        final NetworkNamespace namespace = namespaces.create();
        namespace.call(() -> {
            assertThat(Sysctl.apply(List.of(
                            Sysctl.must("net.ipv4.ip_forward", "1"), Sysctl.must("net.ipv6.conf.all.forwarding", "1"))))
                    .allMatch(Sysctl.Result::isInForce);
            try (RouteNetlink netlink = RouteNetlink.open();
                    FibLookup lookup = FibLookup.open()) {
                netlink.addVethPair("in0", "in1");
                netlink.addVethPair("out0", "out1");
                final Link in = addressed(netlink, "in0", "in1", own, prefix);
                final Link out = addressed(netlink, "out0", "out1", egress, prefix);
                final IpAddress source = IpAddress.parse(client);
                final IpAddress destination = IpAddress.parse(neighbour);

                assertThat(lookup.find(in.index(), source, destination))
                        .as("its neighbour is not known")
                        .isEmpty();
                ip("neigh", "replace", neighbour, "lladdr", "02:00:00:00:00:07", "dev", "out0");
                final Optional<NextHop> found = lookup.find(in.index(), source, destination);

                assertThat(found).map(NextHop::linkIndex).contains(out.index());
                assertThat(found).map(NextHop::neighbour).contains(NEIGHBOUR);
                assertThat(found)
                        .map(NextHop::own)
                        .map(address -> "%012x".formatted(address.bits()))
                        .isEqualTo(out.hardwareAddress().map(text -> text.replace(":", "")));
                assertThat(lookup.find(in.index(), source, IpAddress.parse(unrouted)))
                        .as("no route")
                        .isEmpty();
                assertThat(lookup.find(in.index(), source, IpAddress.parse(own)))
                        .as("for this host")
                        .isEmpty();
            }
            return true;
        });
    }

    private static Link addressed(RouteNetlink netlink, String name, String peer, String address, int prefix)
            throws IOException {
        netlink.setUp(peer);
        netlink.setUp(name);
        final Link made = netlink.link(name).orElseThrow();
        netlink.addAddress(made.index(), IpAddress.parse(address), prefix);
        return made;
    }

    private static void ip(String... arguments) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }
}

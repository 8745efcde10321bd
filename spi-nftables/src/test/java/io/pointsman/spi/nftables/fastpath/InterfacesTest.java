package io.pointsman.spi.nftables.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.route.Link;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class InterfacesTest {
    private static final int BRIDGE = 3;
    private static final Optional<String> ETHERNET = Optional.of("02:00:00:00:00:01");

    private static Link link(String name, Optional<Integer> master, Optional<String> hardwareAddress) {
        return new Link(9, name, Optional.empty(), master, Optional.empty(), hardwareAddress, 1500, true);
    }

    @Test
    void shouldTakeEthernetInterfacesThatPacketsAreRoutedThrough() {
        final List<Link> links = List.of(
                link("lo", Optional.empty(), Optional.of("00:00:00:00:00:00")),
                link("eth0", Optional.empty(), ETHERNET),
                link("cni0", Optional.empty(), ETHERNET),
                link("vethport", Optional.of(BRIDGE), ETHERNET),
                link("tunl0", Optional.empty(), Optional.empty()));
        assertThat(links.stream().filter(Interfaces::isWanted).map(Link::name)).containsExactly("eth0", "cni0");
    }
}

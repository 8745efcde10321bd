package io.pointsman.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BaseChainTest {
    private static final String LISTING = """
            table ip nat {
            \tchain PREROUTING {
            \t\ttype nat hook prerouting priority -100; policy accept;
            \t}
            \tchain OWN {
            \t}
            }
            table inet firewalld {
            \tchain nat_PREROUTING {
            \t\ttype nat hook prerouting priority -90; policy accept;
            \t}
            \tchain filter_FORWARD {
            \t\ttype filter hook forward priority 10; policy drop;
            \t}
            }
            table ip other {
            \tchain services {
            \t\ttype nat hook output priority -100; policy accept;
            \t}
            }
            table ip pointsman {
            \tchain output {
            \t\ttype nat hook output priority -100; policy accept;
            \t}
            }
            table netdev edge {
            \tchain in {
            \t\ttype filter hook ingress device "eth0" priority -500; policy accept;
            \t}
            }
            """;

    @Test
    void shouldReadBaseChainsAndTellThoseThatTranslateWhereOursDo() {
        final var chains = BaseChain.parse(LISTING);

        assertThat(chains)
                .extracting(BaseChain::name)
                .containsExactly(
                        "nftables ip nat PREROUTING",
                        "nftables inet firewalld nat_PREROUTING",
                        "nftables inet firewalld filter_FORWARD",
                        "nftables ip other services",
                        "nftables ip pointsman output",
                        "nftables netdev edge in");
        assertThat(chains.stream().filter(BaseChain::isAtOurPriority).filter(chain -> !chain.isOurs()))
                .extracting(BaseChain::name)
                .containsExactly("nftables ip other services");
        assertThat(chains.stream().filter(BaseChain::dropsWhatPasses))
                .extracting(BaseChain::name)
                .containsExactly("nftables inet firewalld filter_FORWARD");
    }

    @Test
    void shouldTellWhetherPortsAreReserved() {
        assertThat(ReservedPorts.parse("").contains(30_000, 32_767)).isFalse();
        assertThat(ReservedPorts.parse("8080,30000-32767").contains(30_000, 32_767))
                .isTrue();
        assertThat(ReservedPorts.parse("30000-32766").contains(30_000, 32_767)).isFalse();
    }
}

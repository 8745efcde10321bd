package io.pointsman.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.testing.Namespaces;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SysctlTest {
    private static final String FORWARD = "net.ipv4.ip_forward";
    private static final String ABSENT = "net.ipv4.pointsman_none";

    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    @Test
    void shouldReportWhatCameOfEach() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        final List<Sysctl.Result> results = namespace.call(() -> {
            Sysctl.apply(List.of(Sysctl.must(FORWARD, "0")));
            return Sysctl.apply(List.of(
                    Sysctl.must(FORWARD, "1"),
                    Sysctl.attempt("net/ipv4/ip_forward", "1"),
                    Sysctl.skip(FORWARD, "0"),
                    Sysctl.attempt(ABSENT, "1")));
        });
        assertThat(results)
                .extracting(Sysctl.Result::outcome)
                .containsExactly(
                        Sysctl.Outcome.CHANGED, Sysctl.Outcome.ALREADY, Sysctl.Outcome.SKIPPED, Sysctl.Outcome.ABSENT);
        assertThat(results.getFirst().before()).contains("0");
        assertThat(namespace.call(() -> Sysctl.read(FORWARD))).contains("1");
    }

    @Test
    void shouldTellNumbersApartBeyondTheirFirstDigit() throws IOException {
        final String limit = "net.ipv4.icmp_ratelimit";
        final String ports = "net.ipv4.ip_local_port_range";
        final List<Sysctl.Result> results = namespaces.create().call(() -> {
            Sysctl.apply(List.of(Sysctl.must(limit, "1000"), Sysctl.must(ports, "40000\t50000")));
            return Sysctl.apply(
                    List.of(Sysctl.must(ports, "40000\t50000"), Sysctl.must(limit, "1000"), Sysctl.must(limit, "1")));
        });
        assertThat(results)
                .extracting(Sysctl.Result::outcome)
                .containsExactly(Sysctl.Outcome.ALREADY, Sysctl.Outcome.ALREADY, Sysctl.Outcome.CHANGED);
        assertThat(results)
                .flatExtracting(result -> result.before().stream().toList())
                .containsExactly("40000\t50000", "1000", "1000");
    }

    @Test
    void shouldFailWhenOneThatMustBeSetCannotBe() {
        assertThatThrownBy(() -> Sysctl.apply(List.of(Sysctl.must(ABSENT, "1"))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(ABSENT);
    }

    @Test
    void shouldRefuseAKeyThatLeavesTheTree() {
        assertThatThrownBy(() -> Sysctl.must("net/../../etc/passwd", "1")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldReadCapabilities() throws IOException {
        final ProcessCapabilities capabilities = ProcessCapabilities.parse("Name:\tx\nCapEff:\t0000000000001000\n");
        assertThat(capabilities.has(Capability.NET_ADMIN)).isTrue();
        assertThat(capabilities.has(Capability.NET_RAW)).isFalse();
        assertThat(ProcessCapabilities.current().effective()).isNotNegative();
    }
}

package io.pointsman.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostCheckTest {
    private final HostCheck check = new HostCheck(_ -> Reply.text(200, "ok"), Set.of("Node-1.example."));

    private int status(Optional<String> host, boolean isHttp10) {
        return check.respond(new Request("GET", "/metrics", Map.of(), "", "", host, isHttp10)) instanceof Reply reply
                ? reply.status()
                : 0;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1:10249",
                "127.0.0.1",
                "[::1]:10249",
                "[::1]",
                "192.0.2.7:80",
                "[2001:db8::7]",
                "localhost:8080",
                "LocalHost.",
                "a.localhost",
                "ip6-localhost",
                "node-1.example:10249",
                "NODE-1.EXAMPLE."
            })
    void shouldAnswerWhoAsksForAnAddressOrForANameOfThisHost(String host) {
        assertThat(status(Optional.of(host), false)).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example:10249",
                "evil.example",
                "127.0.0.1.evil.example",
                "localhost.evil.example",
                "evillocalhost",
                "node-1.example.evil.example",
                "127.1",
                "0x7f000001",
                "[::1].evil.example",
                "[evil]",
                "user@localhost",
                "localhost:x",
                "localhost:80:80",
                ".",
                "::1"
            })
    void shouldRefuseWhoAsksForAnyOtherName(String host) {
        assertThat(status(Optional.of(host), false)).isEqualTo(421);
    }

    @Test
    void shouldAskForAHostWhereTheVersionOfHttpDoes() {
        assertThat(status(Optional.empty(), true)).isEqualTo(200);
        assertThat(status(Optional.empty(), false)).isEqualTo(400);
        assertThat(status(Optional.of(""), true)).isEqualTo(200);
    }
}

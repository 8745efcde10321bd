package io.pointsman.linux.netfilter;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.netlink.NetlinkSocket.Received;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Rules of the host's iptables, in network namespaces of its own; needs root. */
class RulesetTest {
    private static final int WAIT_MILLIS = 10_000;

    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    /** Runs a program there and returns its process id; skips the test where it can't be run. */
    private static int run(NetworkNamespace namespace, String... command) throws IOException {
        final Process process;
        try {
            process = namespace.call(
                    () -> new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            Assumptions.abort(command[0] + " can't be run here: " + e.getMessage());
            throw e;
        }
        final String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.onExit().join().exitValue()).as(said).isZero();
        return (int) process.pid();
    }

    @Test
    void shouldTellWhoDidWhatUpToTheCommit() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        run(namespace, "iptables-nft", "-N", "MINE");
        try (Ruleset asked = namespace.call(Ruleset::open);
                Ruleset heard = namespace.call(Ruleset::listen)) {
            final int before = asked.generation();
            final int pid = run(namespace, "iptables-nft", "-A", "MINE", "-j", "ACCEPT");

            final List<RulesetEvent> events = new ArrayList<>();
            while (events.stream().noneMatch(event -> event.kind() == RulesetEvent.Kind.COMMIT)) {
                assertThat(heard.receive(WAIT_MILLIS, events::add)).isEqualTo(Received.EVENTS);
            }
            assertThat(asked.generation()).isEqualTo(before + 1);
            assertThat(events)
                    .containsExactly(
                            new RulesetEvent(
                                    RulesetEvent.Kind.RULE_ADDED,
                                    Optional.of(IpFamily.IPV4),
                                    "filter",
                                    "MINE",
                                    "",
                                    pid,
                                    0),
                            new RulesetEvent(RulesetEvent.Kind.COMMIT, Optional.empty(), "", "", "", pid, before + 1));
        }
    }

    @Test
    void shouldOutlineALegacyTableDifferentlyWhenARuleComesOrGoes() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        run(namespace, "iptables-legacy", "-t", "nat", "-N", "MINE");
        final int empty = namespace.call(() -> LegacyTable.outline(IpFamily.IPV4, "nat"));
        run(namespace, "iptables-legacy", "-t", "nat", "-A", "MINE", "-j", "ACCEPT");
        final int one = namespace.call(() -> LegacyTable.outline(IpFamily.IPV4, "nat"));
        run(namespace, "iptables-legacy", "-t", "nat", "-D", "MINE", "1");

        assertThat(one).isNotEqualTo(empty);
        assertThat(namespace.<Integer, IOException>call(() -> LegacyTable.outline(IpFamily.IPV4, "nat")))
                .isEqualTo(empty);
        assertThat(namespace.<Integer, IOException>call(() -> LegacyTable.outline(IpFamily.IPV6, "nat")))
                .isNotZero();
    }
}

package io.pointsman.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code pointsman audit}: the kernel's connections checked by the engine. */
class AuditCommandTest extends LookFixture {
    @ParameterizedTest
    @ValueSource(strings = {"nftables", "iptables"})
    void shouldNoticeWhatTheEngineWouldNotHaveDone(String mode) throws Exception {
        final LabHost node = labs.closing(Lab.open()).addHost("node");
        node.addAddress("lo", IpAddress.parse("10.0.0.7"), 32)
                .routeToSelf(Cidr.parse("10.96.0.0/12"), IpAddress.parse("10.0.0.7"));
        node.serveEcho(Protocol.TCP, IpAddress.parse("10.0.0.7"), PORT);
        node.serveEcho(Protocol.TCP, IpAddress.parse("10.0.0.7"), PORT + 1);
        final Path manifest = manifest("web.yaml", "10.96.0.1", "Cluster", "10.0.0.7");
        Files.writeString(manifest, """
                ---
                apiVersion: v1
                kind: Node
                metadata: {name: here}
                status: {addresses: [{type: InternalIP, address: 10.0.0.7}]}
                """, StandardOpenOption.APPEND);
        start(config(manifest)
                .mode(mode)
                .backendSetting("netns", node.namespace().file().toString())
                .build());

        final Said right = audited(node);
        assertThat(right.status()).as(right.out()).isZero();
        assertThat(right.out()).isEqualTo("3 connections checked, 0 not as the engine decides\n");

        for (String command : List.of(
                "add table ip other",
                "add chain ip other out { type nat hook output priority -150; }",
                "add rule ip other out ip daddr 10.96.0.1 tcp dport 8080 dnat to 10.0.0.7:8081")) {
            assertThat(node.run("nft", command).exitCode()).isZero();
        }
        final Said wrong = audited(node);
        assertThat(wrong.status()).isEqualTo(1);
        assertThat(wrong.out())
                .contains("-> 10.96.0.1:8080 went to 10.0.0.7:8081, which sees 10.0.0.7; the engine decides otherwise")
                .contains("the rule is that of default/web:http:TCP")
                .contains("is forwarded to 10.0.0.7:8080")
                .endsWith("3 connections checked, 3 not as the engine decides\n");
    }

    /** Makes connections until three have been audited. */
    private Said audited(LabHost node) throws Exception {
        final CompletableFuture<Said> auditing =
                CompletableFuture.supplyAsync(() -> look("audit", "--follow", "--limit", "3"));
        while (!auditing.isDone()) { // the audit starts at some later time
            assertThat(node.send(Probe.tcp(IpAddress.parse("10.96.0.1"), PORT)))
                    .isInstanceOf(ProbeResult.Answered.class);
        }
        return auditing.get();
    }
}

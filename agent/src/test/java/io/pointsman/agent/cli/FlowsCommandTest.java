package io.pointsman.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabConnection;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code pointsman flows}, and the figures of service ports. */
class FlowsCommandTest extends LookFixture {
    @Test
    void shouldShowWhatARunningAgentServesAndCarries() throws Exception {
        start(config(manifest("web.yaml", VIP, "Cluster", ENDPOINT)).build());
        try (ServerSocket endpoint = new ServerSocket(PORT, 5, InetAddress.getByName(ENDPOINT));
                Socket client = new Socket(VIP, PORT, InetAddress.getByName(CLIENT), 0);
                Socket served = endpoint.accept()) {
            client.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
            assertThat(served.getInputStream().readNBytes(5)).hasSize(5);

            final JsonNode service = await(row -> row.path("bytesFromClients").asLong() == 5);
            assertThat(service.path("connectionsNow").asLong()).isEqualTo(1);
            assertThat(service.path("connections").asLong()).isEqualTo(1);
            assertThat(service.path("endpoints").asInt()).isEqualTo(1);
            assertThat(service.has("packetsFromClients"))
                    .as("sockets have no packets")
                    .isFalse();
            assertThat(look("services", "--sort", "bytes").out().lines())
                    .hasSize(2)
                    .last()
                    .asString()
                    .matches("default/web +http/TCP +" + VIP + ":8080 +1 \\(1 here\\) +1 +1 +- +- +5 +0 +-");

            final String flow = CLIENT + ":" + client.getLocalPort();
            assertThat(look("flows").out().lines())
                    .hasSize(2)
                    .last()
                    .asString()
                    .contains("default/web", "http/TCP", flow, VIP + ":8080", ENDPOINT + ":8080");
            final JsonNode found = look("flows", "--service", "web", "--client", "127.91.4.0/24", "-o", "json")
                    .json();
            assertThat(found.at("/reply/source").asText()).isEqualTo(ENDPOINT);
            assertThat(look("flows", "--state", found.path("state").asText().toLowerCase(Locale.ROOT))
                            .out()
                            .lines())
                    .hasSize(2);
            for (String[] other : new String[][] {
                {"--service", "default/other"}, {"--client", "10.0.0.1"}, {"--endpoint", VIP}, {"--proto", "udp"}
            }) {
                assertThat(look("flows", other[0], other[1]).out().lines())
                        .as(other[0])
                        .hasSize(1);
            }
            assertThat(look("flows", "--client", "here").err())
                    .contains("--client: \"here\" is no address and no range");

            final Said diff = look(
                    "plan",
                    "diff",
                    "agent",
                    manifest("gone.yaml", VIP, "Cluster").toString());
            assertThat(diff.status()).as(diff.err()).isEqualTo(1);
            assertThat(diff.out())
                    .contains(
                            "external clients are refused by default/web at " + VIP + ":8080; before: they reached",
                            "default/web: 1 connections are to addresses that are no longer served");
        }
        await(row -> row.path("connectionsNow").asLong() == 0);
    }

    @Test
    void shouldFollowConnectionsAsTheyComeAndGo() throws Exception {
        start(config(manifest("web.yaml", VIP, "Cluster", ENDPOINT)).build());
        try (ServerSocket endpoint = new ServerSocket(PORT, 5, InetAddress.getByName(ENDPOINT))) {
            final CompletableFuture<Said> following =
                    CompletableFuture.supplyAsync(() -> look("flows", "--follow", "--limit", "4"));
            final Said none = look("flows", "--client", CLIENT);
            assertThat(none.status()).isZero();
            while (!following.isDone()) { // the command starts at some later time
                try (Socket client = new Socket(VIP, PORT, InetAddress.getByName(CLIENT), 0);
                        Socket served = endpoint.accept()) {
                    client.getOutputStream().write('x');
                    assertThat(served.getInputStream().read()).isEqualTo('x');
                }
            }
            final List<String> lines = following.get().out().lines().toList();
            assertThat(lines).as(following.get().err()).hasSize(5);
            assertThat(lines.subList(1, 5))
                    .allSatisfy(line -> assertThat(line)
                            .matches("(new |gone) +default/web +TCP +" + CLIENT + ":\\d+ +" + VIP + ":8080 +" + ENDPOINT
                                    + ":8080 .*"))
                    .anySatisfy(line -> assertThat(line).startsWith("new"))
                    .anySatisfy(line -> assertThat(line).startsWith("gone").matches(".* 1 +0"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nftables", "iptables"})
    void shouldShowWhatAKernelCarries(String mode) throws Exception {
        final LabHost node = labs.closing(Lab.open()).addHost("node");
        node.addAddress("lo", IpAddress.parse("10.0.0.7"), 32)
                .routeToSelf(Cidr.parse("10.96.0.0/12"), IpAddress.parse("10.0.0.7"));
        node.serveEcho(Protocol.TCP, IpAddress.parse("10.0.0.7"), PORT);
        start(config(manifest("web.yaml", "10.96.0.1", "Cluster", "10.0.0.7"))
                .mode(mode)
                .backendSetting("netns", node.namespace().file().toString())
                .build());
        try (LabConnection connection = node.connect(Probe.tcp(IpAddress.parse("10.96.0.1"), PORT))) {
            assertThat(connection.exchange(Duration.ofSeconds(30))).isInstanceOf(ProbeResult.Answered.class);
            final JsonNode service = await(row -> row.path("connectionsNow").asLong() == 1);
            assertThat(service.path("service").asText()).isEqualTo("web");
            assertThat(service.path("connections").asLong()).isEqualTo(1);
            assertThat(look("flows").out()).contains("10.96.0.1:8080", "10.0.0.7:8080", "ESTABLISHED");
            final CompletableFuture<Said> following =
                    CompletableFuture.supplyAsync(() -> look("flows", "--follow", "--limit", "2", "-o", "json"));
            while (!following.isDone()) { // the command starts at some later time
                assertThat(node.send(Probe.tcp(IpAddress.parse("10.96.0.1"), PORT)))
                        .isInstanceOf(ProbeResult.Answered.class);
            }
            assertThat(following.get().out().lines()).hasSize(2).allSatisfy(line -> assertThat(line)
                    .startsWith("{\"event\":\"new\",\"namespace\":\"default\",\"service\":\"web\"")
                    .contains("\"reply\":{\"source\":\"10.0.0.7\",\"sourcePort\":8080,"));
            assertThat(look("plan", "--mode", mode).out()).contains("mode " + mode + ": 1 rule");
            assertThat(look("plan", "--mode", "ipvs").err()).contains("no agent of mode ipvs answers");
        }
    }
}

package io.pointsman.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.Capabilities;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExplainCommandTest {
    private static final Path SAMPLE = Path.of("../examples/source-ip/pointsman.yaml");

    private record Said(int status, String out, String err) {
        List<String> lines() {
            return out.lines().toList();
        }
    }

    private static Said pointsman(String... words) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final int status = CommandLineInterface.run(
                words,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Said(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** Explains a connection at a node of the tutorial, in kube-proxy's nftables mode unless another is named. */
    private static Said tutorial(String from, String to, String node, String... more) {
        final List<String> words = new ArrayList<>(List.of("explain", "--from", from, "--to", to, "--at", node));
        words.addAll(List.of("--manifest", resource("/explain/tutorial.yaml").toString()));
        words.addAll(List.of("--cluster-cidr", "10.180.0.0/16,10.244.0.0/16", "--service-cidr", "10.0.0.0/16"));
        words.addAll(more.length == 0 ? List.of("--mode", "nftables") : List.of(more));
        return pointsman(words.toArray(String[]::new));
    }

    private static Path resource(String name) {
        try {
            return Path.of(Objects.requireNonNull(ExplainCommandTest.class.getResource(name), name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(name, e);
        }
    }

    @Test
    void shouldKeepTheSourceWhenAPodDialsAClusterAddress() {
        final Said said = tutorial("10.244.3.8:40000", "10.0.170.92:80", "kubernetes-node-6jst");
        assertThat(said.status()).as(said.err()).isZero();
        assertThat(said.lines())
                .containsExactly(
                        "TCP 10.244.3.8:40000 -> 10.0.170.92:80 at kubernetes-node-6jst, mode nftables",
                        "  1. frontend         TCP 10.0.170.92:80 is a frontend",
                        "  2. rule             the rule is that of default/clusterip:TCP, for its cluster address",
                        "  3. allowed sources  all clients may connect",
                        "  4. origin           comes from a pod: 10.244.3.8 is in the pod range 10.244.0.0/16",
                        "  5. action           is forwarded to one of the Service's endpoints, not masqueraded",
                        "  6. candidates       1 endpoint: 10.180.1.136:8080 (on this node)",
                        "  7. choice           10.180.1.136:8080 is the only one",
                        "  8. source           source 10.244.3.8 is kept: the endpoint sees the client",
                        "  9. reply            the endpoint answers to the client; on its way back through this node"
                                + " the answer becomes 10.0.170.92:80 -> 10.244.3.8:40000",
                        "TCP 10.244.3.8:40000 -> 10.0.170.92:80 is forwarded to 10.180.1.136:8080, source kept");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            198.51.100.79:51234 | 10.240.0.3:30080  | kubernetes-node-jj1t | is forwarded to 10.180.1.136:8080, source becomes 10.240.0.3 (masquerade)
            198.51.100.79:51234 | 10.240.0.4:30081  | kubernetes-node-6jst | is forwarded to 10.180.1.136:8080, source kept
            198.51.100.79:51234 | 10.240.0.3:30081  | kubernetes-node-jj1t | is dropped: its rule drops it: the Service has endpoints, but none that this traffic may use
            198.51.100.79:51234 | 203.0.113.140:80  | kubernetes-node-6jst | is forwarded to 10.180.1.136:8080, source kept
            10.240.0.3:51234    | 203.0.113.140:80  | kubernetes-node-jj1t | is forwarded to 10.180.1.136:8080, source becomes 10.240.0.3 (masquerade)
            10.244.3.8:40000    | 10.0.170.92:81    | kubernetes-node-6jst | is rejected: a cluster address, and a port that no Service has there
            10.244.3.8:40000    | 10.0.1.1:80       | kubernetes-node-6jst | is dropped: in the service ranges, where no Service has that port
            10.180.1.136:40000  | 10.0.170.92:80    | kubernetes-node-6jst | is forwarded to 10.180.1.136:8080, source becomes 10.240.0.4 (hairpin)
            10.244.3.8:40000    | 192.0.2.7:80      | kubernetes-node-6jst | is left to the host: no rule and no service address
            """)
    void shouldEndWithTheOutcomeWhenAskedAtANode(String from, String to, String node, String outcome) {
        final Said said = tutorial(from, to, node);
        assertThat(said.status()).as(said.err()).isZero();
        assertThat(said.lines().getLast()).isEqualTo("TCP " + from + " -> " + to + " " + outcome);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            10.96.1.4:80   | note: shop/names: TCP 10.96.1.4:80: port 80, without a name (TCP), has no endpoints: the ports of its EndpointSlices are "http" (TCP); a Service's port is matched to a slice's port by name and protocol
            10.96.0.90:80  | note: shop/loop: TCP 10.96.0.90:80: not dialed, because the connection would come back to this proxy: endpoint 10.96.0.90:80, a frontend of shop/loop:t:TCP; name the endpoints behind it instead
            169.254.1.1:80 | note: shop/loop: TCP 169.254.1.1:80: external IP 169.254.1.1 is refused and not served: it is link-local, where clouds answer for a machine's credentials (169.254.0.0/16)
            """)
    void shouldSayWhatIsWrongWithTheServiceThatWasDialed(String to, String note) {
        final Said said = pointsman(
                "explain",
                "--from",
                "10.244.9.9",
                "--to",
                to,
                "--at",
                "n1",
                "--manifest",
                resource("/explain/surprises.yaml").toString(),
                "--mode",
                "userspace");

        assertThat(said.lines()).contains(note);
        assertThat(said.lines().getLast()).doesNotContain("is forwarded");
    }

    @Test
    void shouldAnswerAsTheModeDoesWhenModesDiffer() {
        final String node = "kubernetes-node-6jst";
        assertThat(tutorial("10.244.3.8", "10.0.170.92:81", node, "--mode", "iptables")
                        .lines()
                        .getLast())
                .endsWith("is left to the host: a cluster address, and a port that no Service has there");
        // the abilities of sockets depend on this process's privileges
        assertThat(tutorial("10.244.3.8", "10.0.170.92:80", node, "--mode", "userspace")
                        .lines()
                        .contains("note: mode userspace can't keep a source: the endpoint sees an address of the node"))
                .isEqualTo(!keepsSource("userspace"));
        final Said unknown = tutorial("10.244.3.8", "10.0.170.92:80", node, "--mode", "ebpf");
        assertThat(unknown.status()).isEqualTo(1);
        assertThat(unknown.err()).contains("mode: there is no backend \"ebpf\"; there are ");
    }

    @Test
    void shouldReadTheSampleWhenGivenItsConfiguration() {
        final Said said = pointsman(
                "explain", "--config", SAMPLE.toString(), "--from", "127.244.3.8:40000", "--to", "127.0.170.92:8080");
        assertThat(said.status()).as(said.err()).isZero();
        assertThat(said.lines().getLast())
                .isEqualTo(
                        "TCP 127.244.3.8:40000 -> 127.0.170.92:8080 is forwarded to 127.180.1.136:8080, source kept");
        final Said nodePort =
                pointsman("explain", "--config", SAMPLE.toString(), "--from", "127.240.0.4", "--to", "127.0.0.1:30080");
        assertThat(nodePort.lines())
                .contains(
                        "  1. frontend         TCP 30080 is a node port, and 127.0.0.1 is one of the node's addresses that"
                                + " node ports answer on");
    }

    @Test
    void shouldWriteJsonWhenAskedTo() throws IOException {
        final Said said = tutorial(
                "10.244.3.8", "10.0.170.92:80", "kubernetes-node-6jst", "--mode", "nftables", "--output", "json");
        final List<String> kinds = new ArrayList<>();
        try (JsonParser json = new JsonFactory().createParser(said.out())) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token == JsonToken.FIELD_NAME && json.currentName().equals("kind")) {
                    kinds.add(json.nextTextValue());
                }
            }
        }
        assertThat(kinds)
                .startsWith("frontend", "rule", "allowed-sources", "origin")
                .endsWith("reply");
        assertThat(said.out()).contains("\"verdict\":\"forward\"").contains("\"endpoint\":\"10.180.1.136:8080\"");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            10.244.3     | 10.0.170.92:80      | --from: "10.244.3" in "10.244.3" is no IP address
            10.244.3.8   | clusterip:80        | --to: "clusterip" in "clusterip:80" is no IP address
            10.244.3.8   | 10.0.170.92         | --to: "10.0.170.92" is the address 10.0.170.92 without a port; give 10.0.170.92:80 for instance
            2001:db8::2  | 2001:db8::1:80      | --to: "2001:db8::1:80" is the address 2001:db8::1:80 without a port
            10.244.3.8   | 10.0.170.92:70000   | --to: port "70000" in "10.0.170.92:70000" is not in 1..65535
            10.244.3.8   | [2001:db8::1]:80    | no packet has both
            """)
    void shouldSayWhatIsWrongWhenAnAddressIs(String from, String to, String complaint) {
        final Said said = tutorial(from, to, "kubernetes-node-6jst");
        assertThat(said.status()).isEqualTo(1);
        assertThat(said.err()).startsWith("pointsman: ").contains(complaint);
        assertThat(said.out()).isEmpty();
    }

    @Test
    void shouldSayThatTheManifestsHaveNoSuchNodeWhenTheyHaveOthers() {
        final Said said = tutorial("10.244.3.8", "10.0.170.92:80", "kubernetes-node-6jtt");

        assertThat(said.status()).isZero();
        assertThat(said.err())
                .contains("node kubernetes-node-6jtt: the source has no Node of this name")
                .contains("kubernetes-node-6jst");
    }

    @Test
    void shouldSayThatAManifestIsMissingWhenThereIsNone() {
        final Said said = pointsman("explain", "--from", "10.244.3.8", "--to", "10.0.170.92:80");
        assertThat(said.status()).isEqualTo(1);
        assertThat(said.err()).contains("manifest: none given");
    }

    private static boolean keepsSource(String mode) {
        return ServiceLoader.load(BackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.name().equals(mode))
                .findFirst()
                .orElseThrow()
                .capabilities()
                .has(Capabilities.Feature.KEEPS_SOURCE);
    }
}

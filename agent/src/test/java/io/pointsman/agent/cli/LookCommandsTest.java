package io.pointsman.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.pointsman.agent.Agent;
import io.pointsman.agent.AgentCommand;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.control.ControlSocket;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.PointsmanException;
import io.pointsman.model.Protocol;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabConnection;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import io.pointsman.testserver.ApiTestServer;
import io.pointsman.testserver.FakeCluster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands that look at a running agent, from the command line. */
@Timeout(120)
class LookCommandsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String VIP = "127.91.4.1";
    private static final String ENDPOINT = "127.91.4.2";
    private static final String CLIENT = "127.91.4.3";
    private static final int PORT = 8080;

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    private Path folder;

    private @Nullable Agent agent;

    private record Said(int status, String out, String err) {
        JsonNode json() throws IOException {
            return JSON.readTree(out);
        }
    }

    @AfterEach
    void end() {
        if (agent != null) {
            agent.close();
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

    private Said look(String... words) {
        final List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--state-directory", folder.resolve("state").toString()));
        return pointsman(all.toArray(String[]::new));
    }

    private Path manifest(String name, String vip, String policy, String... endpoints) throws IOException {
        final StringBuilder addresses = new StringBuilder();
        for (String endpoint : endpoints) {
            addresses
                    .append(addresses.isEmpty() ? "" : ", ")
                    .append("{addresses: [")
                    .append(endpoint)
                    .append("], nodeName: here}");
        }
        return Files.writeString(folder.resolve(name), """
                apiVersion: v1
                kind: Service
                metadata: {name: web, namespace: default}
                spec:
                  type: NodePort
                  clusterIP: %s
                  externalTrafficPolicy: %s
                  ports: [{name: http, port: %d, protocol: TCP}]
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: web-a, namespace: default, labels: {kubernetes.io/service-name: web}}
                addressType: IPv4
                endpoints: [%s]
                ports: [{name: http, port: %d, protocol: TCP}]
                """.formatted(vip, policy, PORT, addresses, PORT));
    }

    private AgentConfig.Builder config(Path manifest) {
        return AgentConfig.builder()
                .node("here")
                .manifest(manifest)
                .stateDirectory(folder.resolve("state"))
                .healthzBindAddress(Optional.empty())
                .metricsBindAddress(Optional.empty())
                .handOver(Optional.empty());
    }

    /** Runs it in this process, until its control socket answers. */
    private void start(AgentConfig config) throws PointsmanException, InterruptedException {
        agent = Agent.start(config);
        awaitAnswer();
    }

    private void awaitAnswer() throws InterruptedException {
        final long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        Said said = look("services");
        while (said.status() != 0) {
            assertThat(System.nanoTime()).as(said.err()).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(20);
            said = look("services");
        }
    }

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
                            "clients from outside are refused by default/web at " + VIP + ":8080; before: they reached",
                            "default/web: 1 connections are to what is no longer served");
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
            while (!following.isDone()) { // it begins when it begins
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

    /** On a terminal of ten lines and forty columns, which script(1) makes. */
    @Test
    void shouldShowServicesAgainAndAgainAndNoMoreThanTheTerminalHasRoomFor() throws Exception {
        start(config(manifest("web.yaml", VIP, "Cluster", ENDPOINT)).build());
        final List<String> words = new AgentCommand()
                .of(
                        "services",
                        "--watch",
                        "--state-directory",
                        folder.resolve("state").toString());
        final Path screen = folder.resolve("screen");
        final Process script;
        try {
            script = new ProcessBuilder(
                            "script",
                            "--quiet",
                            "--return",
                            "--command",
                            "stty rows 10 cols 40; exec '" + String.join("' '", words) + "'",
                            "/dev/null")
                    .redirectInput(ProcessBuilder.Redirect.PIPE)
                    .redirectErrorStream(true)
                    .redirectOutput(screen.toFile())
                    .start();
        } catch (IOException e) {
            final String reason = "there is no script(1) to make a terminal: " + e.getMessage();
            System.err.println("skipped: " + reason);
            Assumptions.abort(reason);
            return;
        }
        try {
            final long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
            while (frames(screen).size() < 3) {
                assertThat(System.nanoTime()).as(Files.readString(screen)).isLessThan(deadline);
                TimeUnit.MILLISECONDS.sleep(50);
            }
        } finally {
            script.descendants().forEach(ProcessHandle::destroyForcibly);
            script.destroyForcibly();
            script.waitFor();
        }
        final List<String> lines = frames(screen).get(1).lines().toList();
        assertThat(lines.getFirst()).startsWith("SERVICE").hasSize(40);
        assertThat(lines.get(1)).startsWith("default/web").contains(VIP).hasSize(40);
    }

    /** What was shown from the left upper corner on, without what clears the rest. */
    private static List<String> frames(Path screen) throws IOException {
        final String[] frames = Files.readString(screen).split("\u001b\\[H", -1);
        return List.of(frames).subList(1, frames.length).stream()
                .map(frame -> frame.replaceAll("\u001b\\[[JK]", ""))
                .toList();
    }

    @Test
    void shouldCompareWithWhatAnApiServerHas() throws Exception {
        final FakeCluster cluster = new FakeCluster();
        cluster.put("""
                {"kind":"Service","apiVersion":"v1","metadata":{"name":"web","namespace":"default"},
                 "spec":{"type":"NodePort","clusterIP":"%s","externalTrafficPolicy":"Cluster",
                         "ports":[{"name":"http","port":%d,"protocol":"TCP"}]}}
                """.formatted(VIP, PORT));
        cluster.put(slice(ENDPOINT));
        start(config(manifest("web.yaml", VIP, "Cluster", ENDPOINT)).build());
        final String kubeconfig;
        try (ApiTestServer server = new ApiTestServer(cluster)) {
            kubeconfig = server.kubeconfig(folder).toString();
            final Said same = look("plan", "diff", "agent", "api", "--kubeconfig", kubeconfig);
            assertThat(same).isEqualTo(new Said(0, "no difference\n", same.err()));

            cluster.put(slice("127.91.4.9"));
            final Said changed = look("plan", "diff", "agent", "api", "--kubeconfig", kubeconfig);
            assertThat(changed.status()).as(changed.err()).isEqualTo(1);
            assertThat(changed.out())
                    .contains(
                            "new connections through " + VIP + ":8080 may go also to 127.91.4.9:8080",
                            "go no longer to " + ENDPOINT + ":8080",
                            "1 Service, 1 rules: 0 new, 0 gone, 1 changed");
        }
        final Said none = look("plan", "diff", "agent", "api", "--kubeconfig", kubeconfig);
        assertThat(none.status()).as(none.out()).isEqualTo(2);
        assertThat(none.out()).isEmpty();
    }

    private static String slice(String endpoint) {
        return """
                {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1",
                 "metadata":{"name":"web-a","namespace":"default","labels":{"kubernetes.io/service-name":"web"}},
                 "addressType":"IPv4","endpoints":[{"addresses":["%s"],"nodeName":"here"}],
                 "ports":[{"name":"http","port":%d,"protocol":"TCP"}]}
                """.formatted(endpoint, PORT);
    }

    private interface Wanted {
        boolean is(JsonNode row);
    }

    private JsonNode await(Wanted wanted) throws Exception {
        final long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (true) { // ends with the deadline
            final Said said = look("services", "--output", "json");
            assertThat(said.status()).as(said.err()).isZero();
            final JsonNode row = said.json().path("services").path(0);
            if (wanted.is(row)) {
                return row;
            }
            assertThat(System.nanoTime()).as(said.out()).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    @Test
    void shouldTellThePlanAndWhatWouldChange() throws Exception {
        final Path now = manifest("now.yaml", VIP, "Cluster", ENDPOINT);
        start(config(now).build());

        final Said plan = look("plan", "--output", "json");
        assertThat(new YAMLMapper().readTree(look("plan", "--output", "yaml").out()))
                .isEqualTo(plan.json());
        assertThat(plan.json().at("/services/0/name").asText()).isEqualTo("web");
        assertThat(look("plan").out())
                .containsPattern("default/web +http/TCP +" + VIP + ":8080 +1 endpoint, as itself")
                .endsWith("node here, mode userspace: 1 rules\n");

        final Said same = look("plan", "diff", "agent", now.toString());
        assertThat(same).isEqualTo(new Said(0, "no difference\n", same.err()));

        final Path later = manifest("later.yaml", VIP, "Cluster", ENDPOINT, "127.91.4.9");
        final Said changed = look("plan", "diff", "agent", later.toString());
        assertThat(changed.status()).as(changed.err()).isEqualTo(1);
        assertThat(changed.out().lines())
                .containsExactly(
                        "default/web: changed",
                        "  new connections through " + VIP + ":8080 may go also to 127.91.4.9:8080",
                        "1 Service, 1 rules: 0 new, 0 gone, 1 changed",
                        "no connection ends");
        final Said back = look("plan", "diff", later.toString(), "agent", "-o", "json");
        assertThat(back.status()).isEqualTo(1);
        assertThat(back.json().at("/services/0/words/0").asText()).endsWith("go no longer to 127.91.4.9:8080");
        assertThat(back.json().has("connections")).isFalse();
    }

    @Test
    void shouldCompareManifestsWithoutAnAgent() throws Exception {
        final String one = manifest("one.yaml", VIP, "Cluster", ENDPOINT).toString();
        final String two =
                manifest("two.yaml", "127.91.4.7", "Cluster", ENDPOINT).toString();
        assertThat(pointsman("plan", "diff", one, one).status()).isZero();
        final Said said = pointsman("plan", "diff", one, two);
        assertThat(said.status()).as(said.err()).isEqualTo(1);
        assertThat(said.out())
                .contains("nobody reaches default/web through " + VIP + ":8080 any more", "1 new, 1 gone, 0 changed");
        assertThat(pointsman("services", "--manifest", one).out()).contains("default/web", VIP + ":8080");

        final Said none = look("plan", "diff", "agent", one);
        assertThat(none.status()).isEqualTo(2);
        assertThat(none.err()).contains("no agent answers in " + folder.resolve("state"));
        assertThat(pointsman("plan", "diff", one, folder.resolve("none").toString()))
                .satisfies(missing -> assertThat(missing.status()).isEqualTo(2))
                .satisfies(missing -> assertThat(missing.err()).contains("there is no file or folder"));
        assertThat(look("services").status()).isEqualTo(1);
        assertThat(look("services", "--watch", "-o", "json").err()).contains("leave out --output");
    }

    @Test
    void shouldFindTheNextAgentWhereOneWasKilled() throws Exception {
        final Path manifest = manifest("web.yaml", VIP, "Cluster", ENDPOINT);
        final Process process = new ProcessBuilder(new AgentCommand()
                        .flag("--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED")
                        .flag("--sun-misc-unsafe-memory-access=allow")
                        .of(
                                "run",
                                "--manifest",
                                manifest.toString(),
                                "--node",
                                "here",
                                "--state-directory",
                                folder.resolve("state").toString(),
                                "--healthz-bind-address",
                                "off",
                                "--metrics-bind-address",
                                "off",
                                "--hand-over",
                                "off"))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        final Path socket = folder.resolve("state").resolve("userspace").resolve(ControlSocket.NAME);
        try {
            awaitAnswer();
        } finally {
            process.destroyForcibly();
            process.waitFor();
        }
        assertThat(socket).as("what a killed process leaves").exists();
        assertThat(look("services").err()).contains("no agent answers");

        start(config(manifest).build());
        assertThat(look("services").out()).contains("default/web");
        Objects.requireNonNull(agent).close();
        assertThat(socket).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nftables", "iptables"})
    void shouldShowWhatAKernelCarries(String mode) throws Exception {
        final LabHost node = labs.closing(Lab.open()).addHost("node");
        node.addAddress("lo", IpAddress.parse("10.0.0.7"), 32).route(Cidr.parse("10.96.0.0/12"), "lo");
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
            while (!following.isDone()) { // it begins when it begins
                assertThat(node.send(Probe.tcp(IpAddress.parse("10.96.0.1"), PORT)))
                        .isInstanceOf(ProbeResult.Answered.class);
            }
            assertThat(following.get().out().lines()).hasSize(2).allSatisfy(line -> assertThat(line)
                    .startsWith("{\"event\":\"new\",\"namespace\":\"default\",\"service\":\"web\"")
                    .contains("\"reply\":{\"source\":\"10.0.0.7\",\"sourcePort\":8080,"));
            assertThat(look("plan", "--mode", mode).out()).contains("mode " + mode + ": 1 rules");
            assertThat(look("plan", "--mode", "ipvs").err()).contains("no agent of mode ipvs answers");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nftables", "iptables"})
    void shouldNoticeWhatTheEngineWouldNotHaveDone(String mode) throws Exception {
        final LabHost node = labs.closing(Lab.open()).addHost("node");
        node.addAddress("lo", IpAddress.parse("10.0.0.7"), 32).route(Cidr.parse("10.96.0.0/12"), "lo");
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
        assertThat(right.out()).isEqualTo("3 connections looked at, 0 not as they should be\n");

        for (String command : List.of(
                "add table ip other",
                "add chain ip other out { type nat hook output priority -150; }",
                "add rule ip other out ip daddr 10.96.0.1 tcp dport 8080 dnat to 10.0.0.7:8081")) {
            assertThat(node.run("nft", command).exitCode()).isZero();
        }
        final Said wrong = audited(node);
        assertThat(wrong.status()).isEqualTo(1);
        assertThat(wrong.out())
                .contains(
                        "-> 10.96.0.1:8080 went to 10.0.0.7:8081, which sees 10.0.0.7; the engine would not have done so")
                .contains("the rule is that of default/web:http:TCP")
                .contains("is forwarded to 10.0.0.7:8080")
                .endsWith("3 connections looked at, 3 not as they should be\n");
    }

    /** Connections, of which three are looked at. */
    private Said audited(LabHost node) throws Exception {
        final CompletableFuture<Said> auditing =
                CompletableFuture.supplyAsync(() -> look("audit", "--follow", "--limit", "3"));
        while (!auditing.isDone()) { // it begins when it begins
            assertThat(node.send(Probe.tcp(IpAddress.parse("10.96.0.1"), PORT)))
                    .isInstanceOf(ProbeResult.Answered.class);
        }
        return auditing.get();
    }

    @ParameterizedTest
    @ValueSource(strings = {"table", "json", "yaml"})
    void shouldKeepNamesInTheirCells(String format) throws IOException {
        final Path file = Files.writeString(folder.resolve("hostile.yaml"), """
                apiVersion: v1
                kind: Service
                metadata: {name: "a\\e[2J\\nFORGED \\u202e", namespace: "n\\u2028"}
                spec: {clusterIP: 127.91.5.1, ports: [{name: "p\\r", port: 8080}]}
                """);
        final String none = Files.writeString(folder.resolve("none.yaml"), "").toString();
        for (Said said : List.of(
                pointsman("services", "--manifest", file.toString(), "-o", format),
                pointsman("plan", "--manifest", file.toString(), "-o", format),
                pointsman("plan", "diff", none, file.toString(), "-o", format))) {
            final String all = said.out() + said.err();
            assertThat(all).contains("FORGED");
            assertThat(all.lines()).noneMatch(line -> line.startsWith("FORGED"));
            assertThat(all.codePoints().filter(c -> c != '\n'))
                    .noneMatch(c -> Character.isISOControl(c)
                            || Character.getType(c) == Character.FORMAT
                            || Character.getType(c) == Character.LINE_SEPARATOR);
        }
    }
}

package io.pointsman.agent.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.testkit.lab.LabCluster;
import io.pointsman.testkit.lab.LabConnection;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import io.pointsman.testserver.ApiTestServer;
import io.pointsman.testserver.FakeCluster;
import io.pointsman.testserver.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A node with a pod, an external client, and an API server on the router, each in a network namespace. An agent runs in a
 * process on the node; the client keeps one connection open and makes others one after the other. Removed when closed.
 */
final class FaultSite implements AutoCloseable {
    static final String NODE = "node-a";
    static final int SERVICES = 200;

    private static final Duration PATIENCE = Duration.ofSeconds(60); // only a failing test waits for it
    private static final Duration ANSWER = Duration.ofSeconds(20);
    private static final String API_ADDRESS = "10.240.0.1";
    private static final IpAddress POD = IpAddress.parse("10.180.1.136");
    private static final String RULE = "rule ";
    private static final int PORT = 80;
    private static final int POD_PORT = 8080;
    private static final Pattern VIP = Pattern.compile("\\b10\\.0\\.\\d+\\.\\d+\\b");

    final LabCluster cluster;
    final ApiTestServer api;
    private final Path folder;
    private final String mode;
    private final LabHost client;
    private final AtomicInteger answered = new AtomicInteger();
    private volatile @Nullable ProbeResult lost; // written only by the load thread
    private final Random random = new Random(7);
    private @Nullable Process agent;
    private @Nullable LabConnection held;
    private final CompletableFuture<Boolean> loadOver = new CompletableFuture<>();
    private boolean isLoaded;
    private volatile boolean isOver;

    private FaultSite(LabCluster cluster, ApiTestServer api, Path folder, String mode, LabHost client) {
        this.cluster = cluster;
        this.api = api;
        this.folder = folder;
        this.mode = mode;
        this.client = client;
    }

    /** @param server the API server's identity for TLS; empty for plain HTTP */
    static FaultSite open(Path folder, String mode, Optional<Identity> server) throws IOException {
        final LabCluster cluster = LabCluster.open(
                LabCluster.Network.of("10.240.0.1/24", "fd00:10:240::1/64"),
                LabCluster.Network.of("198.51.100.1/24", "2001:db8:51::1/64"));
        try {
            final LabHost node =
                    cluster.addNode(NODE, "10.240.0.4", "fd00:10:240::4", "10.180.1.1/24", "fd00:10:180:1::1/64");
            final LabHost pod = cluster.addPod("pod", NODE, POD.toString(), "fd00:10:180:1::136");
            final LabHost client = cluster.addClient("client", "198.51.100.79", "2001:db8:51::79");
            pod.serveEcho(Protocol.TCP, POD, POD_PORT);
            cluster.router().route(Cidr.parse("10.0.0.0/16"), LabCluster.addressOf(node, IpFamily.IPV4));
            final ApiTestServer api = cluster.router().call(() -> {
                final ApiTestServer.Builder builder =
                        ApiTestServer.of(objects()).address(API_ADDRESS).bookmarks(Duration.ofMillis(200));
                server.ifPresent(identity -> builder.tls(identity, Optional.empty()));
                return builder.start();
            });
            return new FaultSite(cluster, api, folder, mode, client);
        } catch (IOException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private static FakeCluster objects() {
        final FakeCluster objects = new FakeCluster();
        objects.put("""
                {"kind":"Node","apiVersion":"v1","metadata":{"name":"%s"},
                 "status":{"addresses":[{"type":"InternalIP","address":"10.240.0.4"}]}}
                """.formatted(NODE));
        for (int i = 0; i < SERVICES; i++) {
            put(objects, i);
        }
        return objects;
    }

    /** Puts a Service with the pod as its endpoint. */
    static void put(FakeCluster objects, int number) {
        objects.put("""
                {"kind":"Service","apiVersion":"v1","metadata":{"name":"s-%d","namespace":"default"},
                 "spec":{"clusterIP":"%s","ports":[{"port":%d,"protocol":"TCP"}],"type":"ClusterIP"}}
                """.formatted(number, vip(number), PORT));
        objects.put("""
                {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"s-%1$d-a",
                 "namespace":"default","labels":{"kubernetes.io/service-name":"s-%1$d"}},"addressType":"IPv4",
                 "endpoints":[{"addresses":["%2$s"]}],"ports":[{"name":"","port":%3$d,"protocol":"TCP"}]}
                """.formatted(number, POD, POD_PORT));
    }

    static void delete(FakeCluster objects, int number) {
        objects.delete("Service", "default/s-" + number);
        objects.delete("EndpointSlice", "default/s-" + number + "-a");
    }

    private static IpAddress vip(int number) {
        return IpAddress.parse("10.0." + (1 + number / 250) + "." + (1 + number % 250));
    }

    private static Probe probe(int number) {
        return Probe.tcp(vip(number), PORT).within(ANSWER);
    }

    Path log() {
        return folder.resolve("log");
    }

    String said() throws IOException {
        return Files.readString(log());
    }

    /** Waits until the agent logs a word again. */
    void awaitWord(String word, int before) throws Exception {
        await("a word of " + word, () -> words(word) > before);
    }

    /** Returns how often the agent has logged a word. */
    int words(String word) throws IOException {
        return said().split(Pattern.quote(word), -1).length - 1;
    }

    /** Starts the stopped API server again, in its own namespace. */
    void startApi() {
        final boolean _ = cluster.router().call(() -> {
            api.start();
            return true;
        });
    }

    /** Starts the agent's process. */
    Process start(List<String> command) throws IOException {
        final ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        final Process started = cluster.node(NODE).start(builder);
        agent = started;
        return started;
    }

    /** Whether a new connection to a Service is answered. */
    boolean answers(int number) {
        return client.send(Probe.tcp(vip(number), PORT).within(Duration.ofSeconds(1)))
                .answer()
                .isPresent();
    }

    /** Waits until a Service answers, or no longer does. */
    void awaitAnswer(int number, boolean wanted) throws Exception {
        await("Service " + number + " answers: " + wanted, () -> answers(number) == wanted);
    }

    void await(String what, Callable<Boolean> condition) throws Exception {
        final long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime())
                    .as("time until %s; the agent said:%n%s", what, said())
                    .isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    /** Opens a lasting connection to one Service, and starts connections to the others, one after the other. */
    void connect() {
        held = client.connect(probe(0));
        assertHeld("at first");
        isLoaded = true;
        Thread.ofPlatform().name("load").start(() -> {
            while (!isOver) {
                final ProbeResult result = client.send(probe(random.nextInt(SERVICES)));
                if (result.answer().isPresent()) {
                    answered.incrementAndGet();
                } else {
                    lost = result;
                }
            }
            loadOver.complete(true);
        });
    }

    private void assertHeld(String when) {
        final LabConnection connection = Objects.requireNonNull(held);
        assertThat(connection.exchange(ANSWER).answer())
                .as("the connection that is held, %s", when)
                .isPresent();
    }

    /** Returns the VIPs in the kernel's rules, or in its routes and its listening sockets. */
    Set<String> inForce() throws IOException {
        final LabHost node = cluster.node(NODE);
        if (mode.equals("iptables")) {
            return addresses(RULE, node.run("iptables-save").outputOrFail());
        }
        final Set<String> all = addresses(
                "route ",
                node.run("ip", "route", "show", "table", "local", "proto", "117")
                        .outputOrFail());
        all.addAll(addresses("socket ", node.run("ss", "-Hltn").outputOrFail()));
        return all;
    }

    /** Returns the text that stands for a Service's iptables rule there. */
    static String rule(int number) {
        return RULE + vip(number);
    }

    private static Set<String> addresses(String prefix, String text) {
        return VIP.matcher(text)
                .results()
                .map(found -> prefix + found.group())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Checks that no connection was lost, and all that was in force still is. */
    void assertUnharmed(String when, Set<String> before) throws IOException {
        assertHeld(when);
        assertThat(lost).as("a new connection, %s", when).isNull();
        assertThat(before).hasSizeGreaterThanOrEqualTo(SERVICES);
        assertThat(inForce())
                .as("what is in force, %s; the agent said:%n%s", when, said())
                .containsAll(before);
    }

    int answered() {
        return answered.get();
    }

    @Override
    public void close() {
        isOver = true;
        if (isLoaded) {
            final boolean _ = loadOver.join();
        }
        if (held != null) {
            held.close();
        }
        api.close();
        if (agent != null) {
            agent.destroyForcibly().onExit().join();
        }
        cluster.close();
    }
}

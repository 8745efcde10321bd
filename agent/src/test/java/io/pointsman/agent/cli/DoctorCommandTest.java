package io.pointsman.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pointsman.agent.AgentCommand;
import io.pointsman.agent.kubeproxy.KubeProxyRules;
import io.pointsman.linux.Sysctl;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.testkit.lab.CommandResult;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The command in a process of its own, on a host of the lab. */
class DoctorCommandTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    Path folder;

    private LabHost node;

    @BeforeEach
    void needPacketFilters() throws IOException {
        final Lab lab = labs.closing(Lab.open());
        node = lab.addHost("node").forward();
        lab.connect(node, "wide", lab.addHost("other"), "eth0");
        for (String program : List.of("nft", "iptables-nft", "iptables-legacy")) {
            Assumptions.assumeTrue(
                    node.run("sh", "-c", "command -v " + program).exitCode() == 0, program + " is not installed");
        }
    }

    private CommandResult doctor(List<String> before, String... words) throws IOException {
        final List<String> all = new ArrayList<>(
                List.of("doctor", "--state-directory", folder.resolve("state").toString()));
        all.addAll(List.of(words));
        final List<String> command = new ArrayList<>(before);
        command.addAll(new AgentCommand().of(all.toArray(String[]::new)));
        return node.run(PATIENCE, command);
    }

    private String log() {
        try {
            return Files.readString(folder.resolve("agent.log"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static List<JsonNode> rows(CommandResult result, String level) throws IOException {
        final JsonNode json = new ObjectMapper().readTree(result.output());
        return StreamSupport.stream(json.get("rows").spliterator(), false)
                .filter(row -> row.get("level").textValue().equals(level))
                .toList();
    }

    private static List<String> subjects(List<JsonNode> rows) {
        return rows.stream().map(row -> row.get("subject").textValue()).toList();
    }

    private void plantLeftovers() throws IOException {
        final Path rules = folder.resolve("rules");
        Files.writeString(rules, KubeProxyRules.iptablesMode(IpFamily.IPV4));
        node.run("iptables-nft-restore", rules.toString()).outputOrFail();
        node.run("iptables-legacy", "-A", "INPUT", "-s", "192.0.2.1", "-j", "DROP")
                .outputOrFail();
        node.run("nft", """
                        table ip other {
                          chain services { type nat hook prerouting priority -100
                          }
                          chain passing { type filter hook forward priority 5; policy drop
                          }
                        }
                        """).outputOrFail();
        node.run("nft", "add table ip6 nat; add chain ip6 nat OWN").outputOrFail();
        node.run("nft", "add rule ip6 nat OWN dnat to ip6 daddr map { 2001:db8::1 : 2001:db8::2 }")
                .outputOrFail();
        node.run("ip", "link", "set", "wide", "mtu", "9000").outputOrFail();
        node.serveEcho(Protocol.TCP, IpAddress.parse("127.0.0.1"), 10_256);
        node.serveEcho(Protocol.TCP, IpAddress.parse("127.0.0.1"), 30_080);
        node.set(List.of(
                Sysctl.must("net.ipv4.ip_forward", "0"), Sysctl.must("net.ipv4.ip_local_port_range", "20000 40000")));
    }

    /** Returns all state of the host that could have changed. */
    private String state() throws IOException {
        return node.run(
                        "sh",
                        "-c",
                        "nft list ruleset; iptables-nft-save; iptables-legacy-save; ip6tables-nft-save;"
                                + " ip6tables-legacy-save; ipset save; ip -o link; ip -o address; ip route show table all; ip rule;"
                                + " cat /proc/modules 2>/dev/null; sysctl -a 2>/dev/null | grep ^net; ls -lR " + folder
                                + " | grep -v '^total'")
                .output()
                .lines()
                .filter(line -> !line.startsWith("#") && !line.contains("nf_conntrack_count"))
                .map(line ->
                        line.replaceAll("\\[\\d+:\\d+]|packets \\d+ bytes \\d+|valid_lft \\S+|expires \\d+sec", ""))
                .reduce("", (all, line) -> all + line + "\n");
    }

    @Test
    void shouldNameWhatIsInTheWayWithARemedyAndChangeNothing() throws IOException {
        plantLeftovers();
        final String before = state();

        final CommandResult result = doctor(List.of(), "--output", "json", "--mode", "nftables");

        assertThat(result.exitCode()).as(result.errors()).isEqualTo(1);
        final List<JsonNode> toDo = rows(result, "to-do");
        assertThat(subjects(toDo))
                .contains(
                        "net.ipv4.ip_forward",
                        "net.ipv4.ip_local_port_range",
                        "iptables rules",
                        "ip6tables-nft-save",
                        "healthz-bind-address",
                        "service-node-port-range",
                        "kube-proxy's rules");
        assertThat(toDo)
                .allSatisfy(row -> assertThat(row.get("remedy").textValue()).isNotEmpty());
        final List<JsonNode> notes = rows(result, "note");
        assertThat(subjects(notes)).contains("nftables ip other services", "nftables ip other passing", "MTU");
        assertThat(notes.toString()).contains("wide (9000)");
        assertThat(toDo.toString()).contains("KUBE-", "30080", "10256");
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void shouldHaveNothingToDoWhereNothingIsInTheWay() throws IOException {
        node.set(List.of(Sysctl.must("net.ipv4.ip_local_port_range", "32768 60999")));

        final CommandResult result = doctor(List.of(), "--mode", "nftables");

        assertThat(result.output()).contains("0 to do, ").doesNotContain("  to do ");
        assertThat(result.exitCode()).isZero();
        assertThat(folder.resolve("state")).doesNotExist();
    }

    @Test
    void shouldTellTheRunningAgentFromOtherPrograms() throws Exception {
        final Path state = folder.resolve("state");
        final Path manifest = Files.writeString(folder.resolve("services.yaml"), """
                apiVersion: v1
                kind: Service
                metadata: {name: web, namespace: default}
                spec: {type: NodePort, clusterIP: 127.0.170.92, ports: [{port: 8080, nodePort: 30080}]}
                """);
        final Process agent = node.start(new ProcessBuilder(new AgentCommand()
                        .flag("--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED")
                        .of("run", "--manifest", manifest.toString(), "--state-directory", state.toString()))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("agent.log").toFile()));
        final long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.exists(state.resolve("userspace").resolve("control.sock"))) {
            assertThat(agent.isAlive() && System.nanoTime() < deadline)
                    .withFailMessage(() -> "no plan is in force: " + log())
                    .isTrue();
            Thread.sleep(100);
        }

        final CommandResult result = doctor(List.of(), "--output", "json");

        assertThat(subjects(rows(result, "to-do")))
                .doesNotContain("metrics-bind-address", "healthz-bind-address", "service-node-port-range");
        assertThat(rows(result, "note").toString())
                .contains("running agent", "mode userspace, process " + agent.pid() + " of network namespace net:[");
    }

    /** Root without capabilities can read root's files, but can't query the kernel. */
    @Test
    void shouldSayWhatItCouldNotSeeWithoutPrivileges() throws IOException {
        plantLeftovers();

        final CommandResult result = doctor(
                List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"), "--output", "json", "--mode", "nftables");

        assertThat(subjects(rows(result, "unseen")))
                .contains("iptables rules", "nftables chains", "kube-proxy's rules");
        assertThat(subjects(rows(result, "to-do"))).contains("healthz-bind-address", "nftables");
        assertThat(result.exitCode()).isEqualTo(1);
    }

    @Test
    void shouldEndWithTwoWhenItCouldNotLook() throws IOException {
        final CommandResult range = doctor(List.of(), "--service-node-port-range", "9-1");
        assertThat(range.exitCode()).isEqualTo(2);
        assertThat(range.errors()).contains("service-node-port-range");

        assertThat(doctor(List.of(), "--output", "xml").exitCode()).isEqualTo(2);
    }
}

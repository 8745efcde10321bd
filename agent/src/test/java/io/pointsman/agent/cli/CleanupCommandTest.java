package io.pointsman.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.AgentCommand;
import io.pointsman.model.IpAddress;
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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The command in a process of its own, on a host of the lab, after an agent was killed. */
class CleanupCommandTest {
    private static final String VIP = "10.96.0.10";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    Path folder;

    private Lab lab;
    private LabHost node;

    @BeforeEach
    void needIptables() throws IOException {
        lab = labs.closing(Lab.open());
        node = lab.addHost("node");
        node.addBridge("br0").addAddress("br0", IpAddress.parse("10.240.0.4"), 24);
        try {
            Assumptions.assumeTrue(node.run("iptables-save").exitCode() == 0, "iptables-save fails here");
        } catch (IOException e) {
            Assumptions.abort("no iptables-save here: " + e.getMessage());
        }
    }

    private CommandResult cleanup(String... words) throws IOException {
        return cleanup(node, words);
    }

    private CommandResult cleanup(LabHost host, String... words) throws IOException {
        final List<String> all = new ArrayList<>(List.of("cleanup", "--state-directory", folder.toString()));
        all.addAll(List.of(words));
        return host.run(PATIENCE, new AgentCommand().of(all.toArray(String[]::new)));
    }

    private String rules() throws IOException {
        return rulesOf("iptables-save");
    }

    private String rulesOf(String program) throws IOException {
        // comments contain the time, and brackets contain counters
        return node.run(program)
                .outputOrFail()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.replaceAll(" \\[[0-9:]+]$", ""))
                .sorted()
                .reduce("", (before, line) -> before + line + "\n");
    }

    /** Starts an agent with one Service, and waits for its rules. */
    private Process startAgent() throws IOException, InterruptedException {
        final Path manifest = folder.resolve("services.yaml");
        Files.writeString(manifest, """
            apiVersion: v1
            kind: Service
            metadata: {name: web, namespace: default}
            spec:
              clusterIP: %s
              clusterIPs: [%s]
              ports: [{name: http, protocol: TCP, port: 80, targetPort: 8080}]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
            addressType: IPv4
            ports: [{name: http, protocol: TCP, port: 8080}]
            endpoints: [{addresses: [10.180.1.136], conditions: {ready: true}, nodeName: node}]
            """.formatted(VIP, VIP));
        final ProcessBuilder agent = new ProcessBuilder(new AgentCommand()
                        .of(
                                "run",
                                "--mode",
                                "iptables",
                                "--node",
                                "node",
                                "--manifest",
                                manifest.toString(),
                                "--state-directory",
                                folder.toString()))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("agent.log").toFile());
        final long before = rulesForVip();
        final Process process = node.start(agent);
        final long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (rulesForVip() == before) {
            assertThat(process.isAlive() && System.nanoTime() < deadline)
                    .withFailMessage(() -> "the agent wrote no rules: " + log())
                    .isTrue();
            Thread.sleep(100);
        }
        return process;
    }

    private static void kill(Process agent) throws InterruptedException {
        agent.destroyForcibly();
        assertThat(agent.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    private long rulesForVip() throws IOException {
        return rules().lines().filter(line -> line.contains(VIP)).count();
    }

    private String log() {
        try {
            return Files.readString(folder.resolve("agent.log"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Test
    void shouldRemoveExactlyWhatAKilledAgentLeft() throws Exception {
        node.run("iptables", "-N", "FOREIGN").outputOrFail();
        node.run("iptables", "-A", "FOREIGN", "-d", VIP, "-j", "ACCEPT").outputOrFail();
        node.run("iptables", "-t", "nat", "-N", "PM-NOT-OURS").outputOrFail();
        node.run("iptables", "-t", "mangle", "-N", "FOREIGN").outputOrFail();
        final String before = rules();
        final String before6 = rulesOf("ip6tables-save");
        node.run("iptables", "-t", "nat", "-L").outputOrFail();

        kill(startAgent());
        final String withRules = rules();
        assertThat(withRules).isNotEqualTo(before);

        final CommandResult dryRun = cleanup("--dry-run");
        assertThat(dryRun.outputOrFail())
                .contains("iptables: ")
                .contains(" to remove")
                .contains("userspace: nothing to remove");
        assertThat(rules()).isEqualTo(withRules);
        assertThat(announced(dryRun)).allSatisfy(chain -> assertThat(withRules).contains(chain));

        final CommandResult real = cleanup();
        assertThat(real.outputOrFail()).contains(" removed").doesNotContain("PM-NOT-OURS", "FOREIGN");
        assertThat(body(real)).isEqualTo(body(dryRun));
        assertThat(linesThatSaySomething(rules())).isEqualTo(linesThatSaySomething(before));
        assertThat(linesThatSaySomething(rulesOf("ip6tables-save"))).isEqualTo(linesThatSaySomething(before6));

        assertThat(cleanup().outputOrFail()).contains("iptables: nothing to remove");
    }

    @Test
    void shouldLeaveAnAgentAtWorkItsRulesUnlessForced() throws Exception {
        final Process agent = startAgent();
        final String withRules = rules();
        final String running = "iptables: an agent is running in this network namespace (process " + agent.pid() + ")";

        final CommandResult refused = cleanup();
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.errors())
                .contains("pointsman: " + running + "; nothing was removed. End it first, or give --force");
        assertThat(refused.output()).contains("userspace: nothing to remove").doesNotContain("iptables:");
        assertThat(rules()).isEqualTo(withRules);

        final CommandResult dryRun = cleanup("--dry-run", "--mode", "iptables");
        assertThat(dryRun.outputOrFail().lines())
                .startsWith(running + "; only with --force would be removed:")
                .anyMatch(line -> line.contains("chain"));
        assertThat(rules()).isEqualTo(withRules);
        assertThat(cleanup("--mode", "userspace").exitCode())
                .as("what it has no need of")
                .isZero();

        final CommandResult forced = cleanup("--force", "--mode", "iptables");
        assertThat(forced.outputOrFail()).contains(" removed");
        assertThat(forced.errors()).contains(running);

        kill(agent);
        assertThat(cleanup().outputOrFail()).as("after it was killed").doesNotContain("at work");
    }

    @Test
    void shouldLeaveAnAgentOfAnotherNetworkNamespaceItsRecordsUnlessForced() throws Exception {
        final LabHost elsewhere = lab.addHost("elsewhere");
        final Process agent = startAgent();
        final String withRules = rules();
        final String records = Files.readString(folder.resolve("iptables").resolve("owned"));
        final String running = "iptables: an agent is running according to the records in " + folder.resolve("iptables")
                + " (process " + agent.pid() + " of network namespace net:[";

        final CommandResult refused = cleanup(elsewhere);
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.errors())
                .contains("pointsman: " + running, "]); nothing was removed. End it first, or give --force");
        assertThat(refused.output()).doesNotContain("iptables:");
        assertThat(folder.resolve("iptables").resolve("owned")).hasContent(records);
        assertThat(rules()).isEqualTo(withRules);

        assertThat(cleanup(elsewhere, "--mode", "iptables", "--dry-run").output())
                .startsWith(running)
                .contains("]); only with --force would be removed:");
        assertThat(cleanup(elsewhere, "--mode", "iptables", "--dry-run", "--force")
                        .errors())
                .contains(running);

        kill(agent);
        assertThat(cleanup().outputOrFail()).as("after it was killed").contains(" removed");
    }

    /** Removes the tables' built-in chains, which stay after a program has read them. */
    private static List<String> linesThatSaySomething(String rules) {
        return rules.lines()
                .filter(line -> line.startsWith("-A") || line.matches(":\\S+ -"))
                .toList();
    }

    private static List<String> announced(CommandResult result) {
        return result.output()
                .lines()
                .filter(line -> line.contains(": chain "))
                .map(line -> line.substring(line.indexOf(": chain ") + 8))
                .toList();
    }

    private static List<String> body(CommandResult result) {
        return result.output().lines().filter(line -> line.startsWith("  ")).toList();
    }

    @Test
    void shouldOnlyTouchTheNamedBackend() throws IOException {
        assertThat(cleanup("--mode", "userspace").outputOrFail()).isEqualTo("userspace: nothing to remove\n");

        final CommandResult unknown = cleanup("--mode", "ipchains");
        assertThat(unknown.exitCode()).isEqualTo(1);
        assertThat(unknown.errors()).contains("no backend is called \"ipchains\"; give one of ", "iptables");

        final CommandResult nobodys = cleanup("--backend", "flavour=nft");
        assertThat(nobodys.exitCode()).isEqualTo(1);
        assertThat(nobodys.errors()).contains("say whose setting it is with --mode");
    }

    @Test
    void shouldSayWhatIsWrongAndCleanUpAllElseWhenRecordsAreDamaged() throws Exception {
        final String before = rules();
        kill(startAgent());
        assertThat(rules()).isNotEqualTo(before);
        final Path records = folder.resolve("iptables").resolve("owned");
        Files.writeString(records, "nonsense\n+ chain\n" + Files.readString(records) + "\0\0\u001b[2J\n+ NFT IP");
        for (int i = 0; i < 2; i++) {
            final CommandResult result = cleanup();
            assertThat(result.exitCode()).as("the records can't tell all").isEqualTo(1);
            assertThat(result.errors())
                    .contains("pointsman: iptables: can't be read: ", "line 2", "\"nonsense\"", "\"chain\"")
                    .doesNotContain("\u001b");
            assertThat(result.output()).contains("userspace: nothing to remove");
            assertThat(linesThatSaySomething(rules())).isEqualTo(linesThatSaySomething(before));
        }
        Files.delete(records);
        assertThat(cleanup().outputOrFail()).contains("iptables: nothing to remove");
    }

    private void letKubeProxyLeaveAChain() throws IOException {
        node.run("iptables", "-t", "nat", "-N", "KUBE-SERVICES").outputOrFail();
        final String jump = "-A PREROUTING -m comment --comment kubernetes\\ service\\ portals -j KUBE-SERVICES";
        node.run("sh", "-c", "iptables -t nat " + jump).outputOrFail();
        node.run("iptables", "-t", "nat", "-N", "KUBE-KUBELET-CANARY").outputOrFail();
    }

    @Test
    void shouldOnlyTellWhatKubeProxyLeftUnlessItIsMeant() throws IOException {
        letKubeProxyLeaveAChain();
        final String before = rules();

        final CommandResult told = cleanup("--kube-proxy");
        assertThat(told.outputOrFail())
                .startsWith("kube-proxy: 2 to remove; --yes does it")
                .contains("KUBE-SERVICES");
        assertThat(cleanup("--kube-proxy", "--yes", "--dry-run").output()).isEqualTo(told.output());
        assertThat(rules()).isEqualTo(before);

        assertThat(cleanup("--kube-proxy", "--yes").outputOrFail()).startsWith("kube-proxy: 2 removed");
        assertThat(linesThatSaySomething(rules())).containsExactly(":KUBE-KUBELET-CANARY -");
        assertThat(cleanup("--kube-proxy").outputOrFail()).isEqualTo("kube-proxy: nothing to remove\n");
    }

    @Test
    void shouldLeaveAKubeProxyAtWorkItsRulesUnlessForced() throws Exception {
        letKubeProxyLeaveAChain();
        final String before = rules();
        final Path program = Files.copy(Path.of("/bin/sleep"), folder.resolve("kube-proxy"));
        final Process kubeProxy = node.start(new ProcessBuilder(program.toString(), "600"));
        try {
            final String running = "kube-proxy is running in this network namespace (process " + kubeProxy.pid() + ")";

            final CommandResult refused = cleanup("--kube-proxy", "--yes");
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.errors())
                    .contains("pointsman: " + running + "; nothing was removed. End it first, or give --force");
            assertThat(rules()).isEqualTo(before);

            assertThat(cleanup("--kube-proxy", "--yes", "--force").outputOrFail())
                    .startsWith("kube-proxy: 2 removed");
        } finally {
            kill(kubeProxy);
        }
    }

    @Test
    void shouldRefuseWordsThatDoNotGoWithKubeProxy() throws IOException {
        assertThat(cleanup("--yes").errors()).contains("--yes: goes with --kube-proxy");
        assertThat(cleanup("--kube-proxy", "--mode", "iptables").errors()).contains("--kube-proxy is none");
    }
}

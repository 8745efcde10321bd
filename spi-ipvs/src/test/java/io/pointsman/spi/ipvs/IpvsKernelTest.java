package io.pointsman.spi.ipvs;

import static io.pointsman.spi.ipvs.Plans.VIP;
import static io.pointsman.spi.ipvs.Plans.web;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.Sysctl;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.ipvs.host.Owned;
import io.pointsman.spi.ipvs.translate.Schedulers;
import io.pointsman.testkit.lab.EchoServer;
import io.pointsman.testkit.lab.LabConnection;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Tests beyond the contract; {@code ipvsadm} shows the kernel's state. */
@ExtendWith(LabExtension.class)
class IpvsKernelTest {
    private static final Duration A_MOMENT = Duration.ofMillis(500);

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path folder;

    @Test
    void shouldHaveEverySchedulerOfTheKernelWithWeights() throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of())) {
            final TreeSet<String> schedulers = new TreeSet<>(Schedulers.ALL);
            schedulers.remove("twos"); // newer than some kernels, and not built into others
            for (String scheduler : schedulers) {
                lab.restart(Map.of("scheduler", scheduler));
                final ApplyReport report = lab.apply(Plans.plan(
                        1,
                        web("10.180.0.1,8080,3", "10.180.0.2,8080,0").build(),
                        Plans.rule("six", Protocol.UDP, "fd00:10:96::1", 53, "fd00:10:180::1,53,65535")
                                .build()));

                assertThat(report.problems()).as(scheduler).isEmpty();
                final String flags = scheduler.equals("sh") || scheduler.equals("mh")
                        ? scheduler + " -b " + scheduler + "-fallback"
                        : scheduler;
                assertThat(lab.ipvsadm().lines())
                        .containsExactlyInAnyOrder(
                                "-A -t 10.96.0.10:80 -s " + flags,
                                "-a -t 10.96.0.10:80 -r 10.180.0.1:8080 -m -w 3",
                                "-a -t 10.96.0.10:80 -r 10.180.0.2:8080 -m -w 0",
                                "-A -u [fd00:10:96::1]:53 -s " + flags,
                                "-a -u [fd00:10:96::1]:53 -r [fd00:10:180::1]:53 -m -w 65535");
            }
        }
    }

    @Test
    void shouldNameASchedulerThatTheKernelLacksAndCarryOutTheRest() throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of("scheduler", "twos"))) {
            final Rule other = Plans.rule("rr", Protocol.TCP, VIP.toString(), 81, "10.180.0.1,80")
                    .balancing(Balancing.ROUND_ROBIN)
                    .build();
            final ApplyReport report =
                    lab.apply(Plans.plan(1, web("10.180.0.1,8080").build(), other));

            assertThat(lab.ipvsadm()).contains("-A -t 10.96.0.10:81 -s rr", "-a -t 10.96.0.10:81 -r 10.180.0.1:80");
            if (lab.ipvsadm().contains("-s twos")) {
                assertThat(report.problems()).isEmpty(); // a kernel that has it
            } else {
                assertThat(report.problems()).singleElement().satisfies(problem -> {
                    assertThat(problem.kind()).isEqualTo(RuleProblem.Kind.REFUSED);
                    assertThat(problem.reason()).contains("no scheduler twos (module ip_vs_twos)");
                });
            }
        }
    }

    @Test
    void shouldSetTheFlagsOfSchedulersThatHash() throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of())) {
            for (String flags : List.of("none", "port", "fallback,port")) {
                lab.restart(Map.of("scheduler", "mh", "hash-flags", flags));
                lab.apply(Plans.plan(
                        1,
                        web("10.180.0.1,80").build(),
                        Plans.rule("sh", Protocol.TCP, VIP.toString(), 81, "10.180.0.1,80")
                                .balancing(Balancing.SOURCE_HASH)
                                .build()));
                final String mh =
                        flags.equals("none") ? "" : flags.equals("port") ? " -b mh-port" : " -b mh-fallback,mh-port";

                assertThat(lab.ipvsadm().lines())
                        .as(flags)
                        .contains(
                                "-A -t 10.96.0.10:80 -s mh" + mh, "-A -t 10.96.0.10:81 -s sh" + mh.replace("mh", "sh"));
            }
        }
    }

    @Test
    void shouldTakeTheAlgorithmAndAffinityOfTheService() throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of())) {
            final List<Rule> rules = new ArrayList<>();
            int port = 100;
            for (Balancing balancing : Balancing.values()) {
                rules.add(Plans.rule("b" + balancing, Protocol.TCP, VIP.toString(), port++, "10.180.0.1,80")
                        .balancing(balancing)
                        .build());
            }
            rules.add(web("10.180.0.1,80").affinity(Duration.ofHours(3)).build());
            lab.apply(Plans.plan(1, rules.toArray(Rule[]::new)));

            assertThat(lab.ipvsadm().lines())
                    .filteredOn(line -> line.startsWith("-A"))
                    .containsExactlyInAnyOrder(
                            "-A -t 10.96.0.10:100 -s rr",
                            "-A -t 10.96.0.10:101 -s rr",
                            "-A -t 10.96.0.10:102 -s wrr",
                            "-A -t 10.96.0.10:103 -s wlc",
                            "-A -t 10.96.0.10:104 -s sh -b sh-fallback",
                            "-A -t 10.96.0.10:105 -s mh -b mh-fallback",
                            "-A -t 10.96.0.10:80 -s rr -p 10800");
        }
    }

    @Test
    void shouldNeverTouchVirtualServersOfOthers() throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of())) {
            lab.run("ipvsadm", "-A", "-t", "10.96.0.10:80", "-s", "wlc");
            lab.run("ipvsadm", "-a", "-t", "10.96.0.10:80", "-r", "10.9.9.9:9", "-m");
            lab.run("ipvsadm", "-A", "-u", "10.99.0.1:53", "-s", "rr");
            final String foreign = lab.ipvsadm();
            final Rule other = Plans.rule("dns", Protocol.UDP, VIP.toString(), 53, "10.180.0.1,53")
                    .build();

            final ApplyReport report =
                    lab.apply(Plans.plan(1, web("10.180.0.1,8080").build(), other));

            assertThat(report.rulesInForce()).isEqualTo(1);
            assertThat(report.problems()).singleElement().satisfies(problem -> {
                assertThat(problem.kind()).isEqualTo(RuleProblem.Kind.REFUSED);
                assertThat(problem.reason()).contains("another program has");
            });
            assertThat(lab.ipvsadm())
                    .contains(foreign.lines().toList().toArray(String[]::new))
                    .contains("-A -u 10.96.0.10:53 -s rr");
            lab.restart();
            assertThat(lab.apply(Plans.plan(1, web("10.180.0.1,8080").build(), other))
                            .problems())
                    .hasSize(1);
            lab.run("ipvsadm", "-D", "-t", "10.96.0.10:80");
            assertThat(lab.apply(Plans.plan(2, web("10.180.0.1,8080").build(), other))
                            .problems())
                    .isEmpty();
            assertThat(lab.ipvsadm()).contains("-a -t 10.96.0.10:80 -r 10.180.0.1:8080 -m -w 1");

            lab.backend().cleanup(false);
            assertThat(lab.ipvsadm().strip()).isEqualTo("-A -u 10.99.0.1:53 -s rr");
            assertThat(lab.run("ip", "link")).doesNotContain(Owned.LINK_NAME);
            assertThat(lab.run("ipset", "list", "-n")).isEmpty();
        }
    }

    @Test
    void shouldDrainAndComeBackAndBeCutAtTheDeadline() throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of("drain-deadline-seconds", "4", "drain-poll-seconds", "1"));
                EchoServer _ = lab.pod1().serveEcho(Protocol.TCP, IpvsNode.POD_1, 8080);
                EchoServer _ = lab.pod2().serveEcho(Protocol.TCP, IpvsNode.POD_2, 8080)) {
            lab.apply(Plans.plan(1, web("10.180.0.1,8080").build()));
            try (LabConnection connection = lab.client().connect(Probe.tcp(VIP, 80))) {
                assertThat(pod(connection)).isEqualTo(IpvsNode.POD_1);

                lab.apply(Plans.plan(2, web("10.180.0.2,8080").build()));
                assertThat(lab.ipvsadm().lines())
                        .contains(
                                "-a -t 10.96.0.10:80 -r 10.180.0.1:8080 -m -w 0",
                                "-a -t 10.96.0.10:80 -r 10.180.0.2:8080 -m -w 1");
                assertThat(pod(connection)).isEqualTo(IpvsNode.POD_1);
                assertThat(lab.backend().audit().findings()).isEmpty();

                lab.apply(
                        Plans.plan(3, web("10.180.0.1,8080", "10.180.0.2,8080").build()));
                assertThat(lab.ipvsadm()).contains("10.180.0.1:8080 -m -w 1");
                Thread.sleep(5_000); // past the deadline, which no longer counts
                assertThat(pod(connection)).isEqualTo(IpvsNode.POD_1);

                lab.apply(Plans.plan(4));
                assertThat(lab.ipvsadm().lines())
                        .as("a Service that is gone: its connection lives on, nobody else gets in")
                        .containsExactly("-A -t 10.96.0.10:80 -s rr", "-a -t 10.96.0.10:80 -r 10.180.0.1:8080 -m -w 0");
                assertThat(pod(connection)).isEqualTo(IpvsNode.POD_1);
                assertThat(lab.client().send(Probe.tcp(VIP, 80).within(A_MOMENT)))
                        .isInstanceOf(ProbeResult.Refused.class);
                awaitNoServers(lab);
                assertThat(lab.run("ip", "route", "show", "table", "local", "dev", Owned.LINK_NAME))
                        .isEmpty();
            }
        }
    }

    private static IpAddress pod(LabConnection connection) {
        final ProbeResult result = connection.exchange(Duration.ofSeconds(5));
        return result.answer()
                .orElseThrow(() -> new AssertionError(result.toString()))
                .local();
    }

    private static void awaitNoServers(IpvsNode lab) throws Exception {
        for (int i = 0; i < 100 && !lab.ipvsadm().isBlank(); i++) {
            Thread.sleep(100);
        }
        assertThat(lab.ipvsadm()).as("after the deadline").isBlank();
    }

    @Test
    void shouldDeleteADestinationAtOnceWhenItHasNoConnections() throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of())) {
            lab.apply(Plans.plan(1, web("10.180.0.1,8080", "10.180.0.2,8080").build()));
            lab.apply(Plans.plan(2, web("10.180.0.2,8080").build()));

            assertThat(lab.ipvsadm()).doesNotContain("10.180.0.1");
        }
    }

    @Test
    void shouldReconcileARestartWithoutAChangeAndRemoveWhatIsNoLongerWanted() throws Exception {
        final long seed = 7;
        final Random random = new Random(seed);
        try (IpvsNode lab = IpvsNode.open(folder, Map.of())) {
            ForwardingPlan plan = Plans.plan(1);
            for (int step = 1; step <= 12; step++) {
                final Map<Integer, Rule> rules = new HashMap<>();
                for (int i = 0; i < 6; i++) {
                    rules.put(random.nextInt(8), randomRule(random.nextInt(8), random));
                }
                final Map<Object, Rule> byFrontend = new HashMap<>();
                rules.values().forEach(rule -> byFrontend.put(rule.frontend(), rule));
                plan = Plans.plan(step, byFrontend.values().toArray(Rule[]::new));
                lab.apply(plan);
                assertThat(lab.backend().audit().findings())
                        .as("seed %d, step %d", seed, step)
                        .isEmpty();
            }
            lab.restart();
            assertThat(lab.apply(plan).changes()).as("changes of a restart").isZero();
            assertThat(lab.backend().audit().findings()).isEmpty();
            // as if an agent was killed between the two steps of a VIP
            lab.run("ipset", "add", "PTV6-VIPS", "fd00:10:96::77");
            lab.restart();
            lab.apply(Plans.plan(1));
            assertThat(lab.ipvsadm()).isBlank();
            assertThat(lab.backend().audit().findings()).isEmpty();
        }
    }

    private static Rule randomRule(int number, Random random) {
        final boolean isIpv6 = number % 2 == 1;
        final String[] endpoints = new String[random.nextInt(4)];
        for (int i = 0; i < endpoints.length; i++) {
            endpoints[i] = (isIpv6 ? "fd00:10:180::" : "10.180.0.") + (10 * i + random.nextInt(9) + 1) + ",80,"
                    + random.nextInt(3);
        }
        final Plans.RuleBuilder rule = Plans.rule(
                "s" + number,
                random.nextBoolean() ? Protocol.TCP : Protocol.UDP,
                (isIpv6 ? "fd00:10:96::" : "10.96.0.") + (number + 1),
                80 + random.nextInt(2),
                endpoints);
        if (random.nextInt(3) == 0) {
            rule.sources(isIpv6 ? "fd00::/16" : "198.51.100.0/24");
        }
        if (random.nextInt(3) == 0) {
            rule.affinity(Duration.ofSeconds(60));
        }
        if (random.nextInt(4) == 0) {
            rule.external(Action.DROP);
        }
        return rule.balancing(List.of(Balancing.values()).get(random.nextInt(Balancing.values().length)))
                .build();
    }

    @Test
    void shouldWaitForAProgramThatAKilledAgentHasLeft() throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of())) {
            final ForwardingPlan plan = Plans.plan(1, web("10.180.0.1,8080").build());
            lab.apply(plan);
            lab.restart();
            final ProcessBuilder late = new ProcessBuilder(
                    "sh",
                    "-c",
                    "sleep 2; ipset del PTV4-FRONTENDS 10.96.0.10,tcp:80; ipset add PTV4-REJECT 10.96.0.10,tcp:80");
            late.environment().put("POINTSMAN_OWNER", folder.toAbsolutePath().toString());
            late.environment().put("POINTSMAN_RUN", "4194305@1/1"); // as if started by a process that no host can have
            final Process orphan = lab.node().start(late);

            lab.apply(plan);

            assertThat(orphan.isAlive()).isFalse();
            assertThat(lab.backend().audit().findings()).isEmpty();
            assertThat(lab.run("ipset", "save"))
                    .contains("add PTV4-FRONTENDS 10.96.0.10,tcp:80")
                    .doesNotContain("add PTV4-REJECT");
        }
    }

    @Test
    void shouldSeeAndRepairWhatSomebodyElseChanged() throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of())) {
            final ForwardingPlan plan =
                    Plans.plan(1, web("10.180.0.1,8080", "10.180.0.2,8080").build());
            lab.apply(plan);
            lab.run("ipvsadm", "-d", "-t", "10.96.0.10:80", "-r", "10.180.0.1:8080");
            lab.run("ipset", "del", "PTV4-FRONTENDS", "10.96.0.10,tcp:80");
            lab.run("ip", "route", "del", "local", "10.96.0.10", "dev", Owned.LINK_NAME, "table", "local");
            lab.call(() -> Sysctl.apply(List.of(Sysctl.must("net.ipv4.vs.conntrack", "0"))));

            assertThat(lab.backend().audit().findings())
                    .anyMatch(finding -> finding.contains("has lost its destination 10.180.0.1:8080"))
                    .anyMatch(finding -> finding.contains("PTV4-FRONTENDS has lost 10.96.0.10,tcp:80"))
                    .anyMatch(finding -> finding.contains("has lost VIP 10.96.0.10"))
                    .anyMatch(finding -> finding.contains("net.ipv4.vs.conntrack is 0, not 1"))
                    .hasSize(4);

            lab.backend().apply(plan, Plans.delta(plan, plan));
            assertThat(lab.backend().audit().findings()).isEmpty();
        }
    }

    @Test
    void shouldLeaveAVirtualServerAloneThatSomebodyMadeWhileItWasAtWork() throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of())) {
            lab.apply(Plans.plan(1));
            lab.run("ipvsadm", "-A", "-t", "10.96.0.10:80", "-s", "wlc");

            assertThat(lab.apply(Plans.plan(2, web("10.180.0.1,8080").build())).problems())
                    .extracting(RuleProblem::kind)
                    .containsExactly(RuleProblem.Kind.REFUSED);
            assertThat(lab.ipvsadm().strip()).isEqualTo("-A -t 10.96.0.10:80 -s wlc");
        }
    }

    @Test
    void shouldBindVipsWithoutASourceWhenTheNodesAddressIsOnNoInterface() throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of())) {
            final IpAddress elsewhere = IpAddress.parse("192.0.2.77");
            final NodeFacts real = Plans.node();
            final NodeFacts node = NodeFacts.builder(real.name())
                    .addresses(Set.of(elsewhere))
                    .podDetector(real.podDetector())
                    .mode(ModeSemantics.of(real.mode().unknownClusterIpPort(), ModeSemantics.Answer.OPENS_HEALTH_PORTS))
                    .egress(List.of(new NodeFacts.Egress(Cidr.parse("0.0.0.0/0"), elsewhere)))
                    .build();
            final ForwardingPlan plan =
                    Plans.plan(1, node, List.of(web("10.180.0.1,8080").build()));

            assertThat(lab.apply(plan).problems()).isEmpty();
            assertThat(lab.run("ip", "route", "show", "table", "local", "dev", Owned.LINK_NAME))
                    .contains("local 10.96.0.10");
        }
    }

    @Test
    void shouldSetSysctlsByPolicyAndTakeThemBack() throws Exception {
        try (IpvsNode lab =
                IpvsNode.open(folder, Map.of("sysctl-strict-arp", "try", "sysctl-expire-nodest-conn", "skip"))) {
            lab.apply(Plans.plan(1, web("10.180.0.1,8080").build()));

            assertThat(sysctl(lab, "net.ipv4.vs.conntrack")).isEqualTo("1");
            assertThat(sysctl(lab, "net.ipv4.vs.expire_quiescent_template")).isEqualTo("1");
            assertThat(sysctl(lab, "net.ipv4.vs.expire_nodest_conn")).isEqualTo("0");
            assertThat(sysctl(lab, "net.ipv4.conf.all.arp_ignore")).isEqualTo("1");
            assertThat(sysctl(lab, "net.ipv4.conf.all.arp_announce")).isEqualTo("2");

            assertThat(lab.backend().cleanup(false).removed()).contains("sysctl net.ipv4.vs.conntrack back to 0");
            assertThat(sysctl(lab, "net.ipv4.vs.conntrack")).isEqualTo("0");
            assertThat(sysctl(lab, "net.ipv4.conf.all.arp_ignore")).isEqualTo("0");
        }
    }

    @Test
    void shouldSayWhatRulesGoWithoutWhenASysctlCanNotBeSet() throws Exception {
        final String file = "/proc/sys/net/ipv4/vs/expire_nodest_conn";
        try (IpvsNode lab = IpvsNode.open(folder, Map.of())) {
            lab.run("mount", "--bind", "-o", "ro", file, file); // in this namespace only
            try {
                final ForwardingPlan plan = Plans.plan(1, web("10.180.0.1,8080").build());
                final ApplyReport report = lab.apply(plan);

                assertThat(sysctl(lab, "net.ipv4.vs.expire_nodest_conn")).isEqualTo("0");
                assertThat(report.rulesInForce()).isEqualTo(1);
                assertThat(report.problems()).singleElement().satisfies(problem -> {
                    assertThat(problem.kind()).isEqualTo(RuleProblem.Kind.DEGRADED);
                    assertThat(problem.reason()).contains("net.ipv4.vs.expire_nodest_conn = 1 could not be set: ");
                });
                assertThat(lab.backend().audit().findings())
                        .as("what never was as wished is nobody's doing")
                        .isEmpty();
                assertThat(lab.apply(Plans.plan(2, web("10.180.0.2,8080").build()))
                                .problems())
                        .isEqualTo(report.problems());
            } finally {
                lab.run("umount", file);
            }
            lab.restart();
            assertThat(lab.apply(Plans.plan(1, web("10.180.0.1,8080").build())).problems())
                    .isEmpty();
        }
    }

    private static String sysctl(IpvsNode lab, String key) throws Exception {
        return lab.call(() -> Sysctl.read(key)).orElse("absent");
    }

    @Test
    void shouldCleanUpWithoutABackendAtWork() throws Exception {
        try (IpvsNode lab = IpvsNode.open(folder, Map.of())) {
            lab.apply(Plans.plan(1, web("10.180.0.1,8080").build()));
            lab.backend().close();

            final BackendConfig config = new BackendConfig(folder, Map.of());
            final List<String> removed =
                    lab.call(() -> new IpvsProvider().cleanup(config, false)).removed();

            assertThat(removed).contains("virtual server TCP 10.96.0.10:80", "interface pointsman-ipvs and its VIPs");
            assertThat(lab.ipvsadm()).isBlank();
            assertThat(lab.call(() -> new IpvsProvider().cleanup(config, true)).removed())
                    .isEmpty();
        }
    }

    @Test
    void shouldNameValuesThatItDoesNotKnowAndWhatItTakes() {
        assertThat(List.of(
                        Map.entry("scheduler", "wrrr"),
                        Map.entry("hash-flags", "fallback,ports"),
                        Map.entry("local-policy", "maybe"),
                        Map.entry("sysctl-conntrack", "should"),
                        Map.entry("drain-deadline-seconds", "0"),
                        Map.entry("masquerade-bit", "32")))
                .allSatisfy(setting -> assertThatThrownBy(() -> new IpvsProvider()
                                .open(new BackendConfig(folder, Map.of(setting.getKey(), setting.getValue()))))
                        .isInstanceOf(BackendException.class)
                        .hasMessageContaining(setting.getKey())
                        .hasMessageContaining(setting.getValue())
                        .hasMessageContaining("nothing was changed"));
        assertThatThrownBy(() -> new IpvsProvider().open(new BackendConfig(folder, Map.of("scheduler", "wrrr"))))
                .hasMessageContaining("[dh, fo, lblc, lblcr, lc, mh, nq, ovf, rr, sed, sh, twos, wlc, wrr]");
    }

    @Test
    void shouldNameASettingThatItDoesNotKnow() {
        assertThatThrownBy(() -> new IpvsProvider().open(new BackendConfig(folder, Map.of("sheduler", "rr"))))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("sheduler")
                .hasMessageContaining("drain-deadline-seconds, drain-poll-seconds");
    }
}

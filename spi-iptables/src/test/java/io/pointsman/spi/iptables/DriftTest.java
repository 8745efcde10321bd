package io.pointsman.spi.iptables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.iptables.render.Names;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests changes of our rules by other programs between calls of the backend; in its own network namespaces, needs root. */
class DriftTest {
    private static final int POLLS = 1500;
    private static final long POLL_NANOS = 20_000_000;

    @TempDir
    Path state;

    private Backend open(NetNs netns, Flavour flavour) throws Exception {
        return new IptablesProvider()
                .open(new BackendConfig(
                        state, Map.of("netns", netns.name, "flavour", flavour.word(), "watch-seconds", "1")));
    }

    private static ForwardingPlan plan() {
        final List<Rule> rules = new ArrayList<>();
        for (int i = 1; i <= 40; i++) {
            final ServicePortName owner = Plans.owner("s" + i, Protocol.TCP);
            final EndpointPool pool = Plans.pool(owner, PoolId.Scope.CLUSTER, IpFamily.IPV4, "10.0.0." + i + ",80");
            rules.add(Plans.usual(Plans.clusterIp(owner, "172.30.0." + i, 80), pool));
        }
        return Plans.plan(1, rules);
    }

    private static String rules(NetNs netns, Flavour flavour) throws IOException {
        return netns.run(flavour.save(IpFamily.IPV4))
                .replaceAll("(?m)^#.*\\R", "")
                .replaceAll("\\[\\d+:\\d+]", "");
    }

    private static void awaitRules(NetNs netns, Flavour flavour, String expected) throws IOException {
        for (int i = 0; i < POLLS && !rules(netns, flavour).equals(expected); i++) {
            LockSupport.parkNanos(POLL_NANOS);
        }
        assertThat(rules(netns, flavour)).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(Flavour.class)
    void shouldRepairByItselfWhenAChainIsFlushedOrAJumpTaken(Flavour flavour) throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns, flavour)) {
            final ForwardingPlan plan = plan();
            backend.apply(plan, Plans.delta(null, plan));
            final String whole = rules(netns, flavour);
            final String iptables = "iptables-" + flavour.word();

            netns.run(iptables, "-t", "nat", "-F", Names.VIPS);
            awaitRules(netns, flavour, whole);
            netns.run(iptables, "-t", "nat", "-D", "PREROUTING", "-j", Names.SERVICES);
            awaitRules(netns, flavour, whole);
            netns.run(iptables, "-t", "filter", "-I", Names.FORWARD, "-j", "DROP");
            awaitRules(netns, flavour, whole);
            netns.run(iptables, "-t", "nat", "-F");
            netns.run(iptables, "-t", "nat", "-X");
            awaitRules(netns, flavour, whole);
            assertThat(backend.audit().findings()).isEmpty();
        }
    }

    @Test
    void shouldRepairByItselfWhenNftDropsTheWholeRuleset() throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns, Flavour.NFT)) {
            final ForwardingPlan plan = plan();
            backend.apply(plan, Plans.delta(null, plan));
            final String whole = rules(netns, Flavour.NFT);

            netns.run("nft", "flush", "ruleset");

            awaitRules(netns, Flavour.NFT, whole);
        }
    }

    @ParameterizedTest
    @EnumSource(Flavour.class)
    void shouldLeaveOthersRulesAloneWhenTheyChange(Flavour flavour) throws Exception {
        try (NetNs netns = NetNs.create();
                Backend backend = open(netns, flavour)) {
            final ForwardingPlan plan = plan();
            backend.apply(plan, Plans.delta(null, plan));

            netns.run("iptables-" + flavour.word(), "-N", "OTHERS");
            netns.run("iptables-" + flavour.word(), "-A", "OTHERS", "-j", "ACCEPT");

            assertThat(backend.audit().findings()).isEmpty();
            assertThat(rules(netns, flavour)).contains("-A OTHERS -j ACCEPT");
        }
    }

    /**
     * Tests a rule that iptables can't show: iptables-nft-save then leaves out its whole table and exits with success. A
     * table that is not shown still exists. If it were taken for gone, hooks would be inserted twice and chains never
     * removed.
     */
    @Test
    void shouldSayThatATableCanNotBeReadWhenSomebodyPutANativeRuleIntoIt() throws Exception {
        try (NetNs netns = NetNs.create()) {
            final ForwardingPlan plan = plan();
            try (Backend backend = open(netns, Flavour.NFT)) {
                backend.apply(plan, Plans.delta(null, plan));
            }
            netns.run("nft", "add chain ip nat FOREIGN");
            netns.run("nft", "add rule ip nat FOREIGN dnat to ip daddr map { 192.0.2.1 : 192.0.2.2 }");
            final BackendConfig config = new BackendConfig(state, Map.of("netns", netns.name, "flavour", "nft"));

            assertThatThrownBy(() -> new IptablesProvider().cleanup(config, false))
                    .isInstanceOf(BackendException.class)
                    .hasMessageContaining("does not show table nat")
                    .hasMessageContaining("nft -a list table ip nat");
            try (Backend backend = open(netns, Flavour.NFT)) {
                assertThat(backend.apply(plan, Plans.delta(null, plan)).problems())
                        .isNotEmpty()
                        .allMatch(problem -> problem.toString().contains("does not show table nat"));
                assertThat(netns.run("nft", "list chain ip nat PREROUTING").split("jump " + Names.SERVICES, -1))
                        .hasSize(2);
                assertThat(netns.run("nft", "list table ip nat")).contains("10.0.0.40:80");

                netns.run("nft", "flush chain ip nat FOREIGN");
                backend.apply(plan, Plans.delta(null, plan));
                assertThat(backend.audit().findings()).isEmpty();
            }
            assertThat(new IptablesProvider().cleanup(config, false).removed()).isNotEmpty();
            assertThat(netns.run("nft", "list table ip nat")).doesNotContain(Names.PREFIX);
        }
    }
}

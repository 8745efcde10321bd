package io.pointsman.spi.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.FlavourProbe;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.spi.Availability;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.iptables.kernel.Trial;
import io.pointsman.testkit.uml.UmlTests;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests a kernel on which iptables-nft is installed and lists its rules, but can't load any: Debian's User Mode Linux has
 * nf_tables without its IPv4 and IPv6 families.
 */
class IptablesInUmlTest {
    @TestFactory
    List<DynamicNode> inUml() throws IOException, InterruptedException {
        return UmlTests.of(Inside.class)
                .modules("veth", "nf_conntrack_netlink")
                .within(Duration.ofMinutes(3))
                .run();
    }

    /** Tests that run in User Mode Linux only. */
    @EnabledIfSystemProperty(named = "java.io.tmpdir", matches = "/run/tmp")
    static class Inside {
        @TempDir
        Path state;

        @Test
        void shouldTakeTheFlavourThatWorks() {
            final Availability availability = new IptablesProvider().probe();

            assertThat(availability.isAvailable()).as(availability.reason()).isTrue();
            assertThat(availability.reason()).isEqualTo("iptables-legacy");
        }

        @Test
        void shouldRefuseTheFlavourThatDoesNotWorkAndSayWhy() throws IOException {
            try (NetNs netns = NetNs.create()) {
                final FlavourProbe.Finding finding =
                        Trial.probe(Whereabouts.of(netns.name).programs()).find(Optional.of(Flavour.NFT));

                assertThat(finding.flavour()).isEmpty();
                assertThat(finding.reason()).contains("iptables-nft-restore can't load rules here");
            }
        }

        @Test
        void shouldApplyAPlanWithIt() throws Exception {
            try (NetNs netns = NetNs.create();
                    Backend backend =
                            new IptablesProvider().open(new BackendConfig(state, Map.of("netns", netns.name)))) {
                final ForwardingPlan plan = KilledMain.plan(1, new Random(1));
                assertThat(backend.apply(plan, Plans.delta(null, plan)).problems())
                        .isEmpty();
                assertThat(backend.audit().findings()).isEmpty();
                assertThat(netns.run("iptables-legacy-save")).contains("DNAT");
            }
        }
    }
}

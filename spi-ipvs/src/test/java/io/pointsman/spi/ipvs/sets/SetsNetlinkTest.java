package io.pointsman.spi.ipvs.sets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.program.Programs;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** On this machine's kernel, which need not have IPVS for it; what is there is read back by the program. */
@ExtendWith(LabExtension.class)
class SetsNetlinkTest {
    private static final int MANY = 1000;
    private static final Programs PROGRAMS = Programs.ofNobody();
    private static final Sets SETS = new Sets(PROGRAMS);

    private interface Work {
        void with(SetsNetlink sets) throws IOException;
    }

    private static void inNamespace(Work work) throws IOException {
        final var why = Lab.unavailable();
        Assumptions.assumeTrue(why.isEmpty(), () -> why.orElse(""));
        try (Lab lab = Lab.open()) {
            final LabHost host = lab.addHost("node");
            final NetworkNamespace.Task<Boolean, IOException> task = () -> {
                Assumptions.assumeTrue(PROGRAMS.run("ipset", "list", "-n").isSuccess(), "ipset does not work here");
                try (SetsNetlink sets = SetsNetlink.open()) {
                    sets.create(List.of(IpFamily.values()));
                    work.with(sets);
                }
                return true;
            };
            assertThat(host.call(task)).isTrue();
        }
    }

    /** What of ours is there, but for values that differ each time and from one version of the program to the other. */
    private static List<String> saved() throws IOException {
        return PROGRAMS.require("", "ipset", "save")
                .lines()
                .map(line -> line.replaceAll(" bucketsize \\d+ initval \\S+", ""))
                .sorted()
                .toList();
    }

    @Test
    void shouldMakeSetsThatAreThoseOfTheProgram() throws IOException {
        inNamespace(sets -> {
            final List<String> ours = saved();
            assertThat(ours)
                    .hasSize(2 + 2 * SetKind.values().length)
                    .contains(
                            "create PTV4-HEALTH bitmap:port range 0-65535",
                            "create PTV6-HEALTH bitmap:port range 0-65535",
                            "create PTV4-VIPS hash:ip family inet hashsize 1024 maxelem 1048576",
                            "create PTV6-SOURCES hash:ip,port,net family inet6 hashsize 1024 maxelem 1048576",
                            "create PTV4-MARK-EXT hash:ip,port family inet hashsize 1024 maxelem 1048576 skbinfo");
            sets.destroy(SETS.names());
            assertThat(saved()).isEmpty();

            PROGRAMS.require(String.join("\n", ours) + "\n", "ipset", "restore");
            sets.create(List.of(IpFamily.values())); // as over those of an older version
            assertThat(saved()).isEqualTo(ours);
        });
    }

    @Test
    void shouldPutPortsOfHealthChecksInPlaceOfOthers() throws IOException {
        inNamespace(sets -> {
            sets.setHealth(IpFamily.IPV4, List.of(1, 32_122, 65_535));
            sets.setHealth(IpFamily.IPV6, List.of(32_124));
            assertThat(saved())
                    .contains("add PTV4-HEALTH 1", "add PTV4-HEALTH 32122", "add PTV4-HEALTH 65535")
                    .contains("add PTV6-HEALTH 32124");
            sets.setHealth(IpFamily.IPV4, List.of(32_123));
            assertThat(saved())
                    .filteredOn(line -> line.startsWith("add"))
                    .containsExactly("add PTV4-HEALTH 32123", "add PTV6-HEALTH 32124");
            sets.setHealth(IpFamily.IPV4, List.of());
            sets.setHealth(IpFamily.IPV6, List.of());
            assertThat(saved()).noneMatch(line -> line.startsWith("add"));
        });
    }

    @Test
    void shouldNameTheSetThatIsInTheWay() throws IOException {
        inNamespace(sets -> {
            sets.destroy(List.of("PTV4-VIPS"));
            PROGRAMS.require("", "ipset", "create", "PTV4-VIPS", "hash:net");
            assertThatThrownBy(() -> sets.create(List.of(IpFamily.IPV4)))
                    .isInstanceOf(KernelException.class)
                    .hasMessageContaining("making ipset PTV4-VIPS: EEXIST");
        });
    }

    private static List<SetElement> elements() {
        final List<SetElement> elements = new ArrayList<>();
        for (Protocol protocol : Protocol.values()) {
            for (String text : List.of("10.96.0.10", "fd00:10:96::a")) {
                final IpAddress address = IpAddress.parse(text);
                for (SetKind kind : SetKind.values()) {
                    switch (kind) {
                        case VIPS -> elements.add(SetElement.vip(address));
                        case SOURCES -> {}
                        case MARK_POD, MARK_NODE, MARK_EXT ->
                            elements.add(SetElement.marked(kind, protocol, address, 65535, 0x5ABCDEF0));
                        default -> elements.add(SetElement.of(kind, protocol, address, 80));
                    }
                }
                for (String range :
                        List.of("0.0.0.0/0", "::/0", "192.0.2.0/24", "192.0.2.7/32", "fd00::/7", "::1/128")) {
                    if (Cidr.parse(range).family() == address.family()) {
                        elements.addAll(SetElement.sources(protocol, address, 53, Cidr.parse(range)));
                    }
                }
            }
        }
        return elements.stream().distinct().toList();
    }

    @Test
    void shouldPutInAndTakeOutEveryKindOfElement() throws IOException {
        inNamespace(sets -> {
            sets.add(elements());
            assertThat(SETS.read()).containsExactlyInAnyOrderElementsOf(elements());
            sets.delete(elements());
            assertThat(SETS.read()).isEmpty();
        });
    }

    @Test
    void shouldNotMindWhatIsSoAlreadyAndChangeAMark() throws IOException {
        inNamespace(sets -> {
            final IpAddress vip = IpAddress.parse("10.96.0.10");
            final SetElement one = SetElement.marked(SetKind.MARK_POD, Protocol.TCP, vip, 80, 1);
            final SetElement two = SetElement.marked(SetKind.MARK_POD, Protocol.TCP, vip, 80, 2);
            sets.add(List.of(one));
            sets.add(List.of(one));
            sets.add(List.of(two));
            assertThat(SETS.read()).isEqualTo(Set.of(two));
            sets.delete(List.of(one));
            sets.delete(List.of(one));
            assertThat(SETS.read()).isEmpty();
        });
    }

    @Test
    void shouldCarryOutTheOthersAndNameTheOneThatFailed() throws IOException {
        inNamespace(sets -> {
            final List<SetElement> many = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                many.add(SetElement.vip(IpAddress.ofIpv4(0x0A60_0001 + i)));
            }
            PROGRAMS.require("", "ipset", "destroy", "PTV4-REJECT");
            many.add(MANY / 2, SetElement.of(SetKind.REJECT, Protocol.TCP, IpAddress.parse("10.9.9.9"), 80));

            assertThatThrownBy(() -> sets.add(many))
                    .isInstanceOf(KernelException.class)
                    .hasMessageContaining("10.9.9.9,tcp:80 (ipset PTV4-REJECT)")
                    .hasMessageContaining("ENOENT");
            assertThat(SETS.read()).hasSize(MANY);
        });
    }
}

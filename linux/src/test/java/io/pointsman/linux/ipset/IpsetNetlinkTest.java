package io.pointsman.linux.ipset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.program.Programs;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests on this machine's kernel, which need not have IPVS; the sets are read back by the program ipset. */
class IpsetNetlinkTest {
    private static final int MANY = 1000;
    private static final Programs PROGRAMS = Programs.ofNobody();
    private static final Ipsets LISTING = new Ipsets(PROGRAMS);
    private static final int IPV4 = 0;
    private static final int IPV6 = 1;
    private static final List<Ipset> ADDRESSES = both("ADDRESSES", Ipset.Type.IP, false);
    private static final List<Ipset> FRONTENDS = both("FRONTENDS", Ipset.Type.IP_PORT, false);
    private static final List<Ipset> MARKS = both("MARKS", Ipset.Type.IP_PORT, true);
    private static final List<Ipset> RANGES = both("RANGES", Ipset.Type.IP_PORT_NET, false);
    private static final List<Ipset> PORTS = both("PORTS", Ipset.Type.PORT, false);
    private static final List<Ipset> ALL = Stream.of(ADDRESSES, FRONTENDS, MARKS, RANGES, PORTS)
            .flatMap(List::stream)
            .toList();

    @RegisterExtension
    private final Namespaces namespaces = new Namespaces();

    private static List<Ipset> both(String name, Ipset.Type type, boolean isMarked) {
        return List.of(
                new Ipset("PT4-" + name, type, IpFamily.IPV4, isMarked),
                new Ipset("PT6-" + name, type, IpFamily.IPV6, isMarked));
    }

    private interface Work {
        void with(IpsetNetlink sets) throws IOException;
    }

    private void inNamespace(Work work) throws IOException {
        final NetworkNamespace.Task<Boolean, IOException> task = () -> {
            Assumptions.assumeTrue(PROGRAMS.run("ipset", "list", "-n").isSuccess(), "ipset does not work here");
            try (IpsetNetlink sets = IpsetNetlink.open()) {
                sets.create(ALL);
                work.with(sets);
            }
            return true;
        };
        assertThat(namespaces.create().call(task)).isTrue();
    }

    /** Returns the existing sets, without values that differ each time and between versions of the program. */
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
            final List<String> made = saved();
            assertThat(made)
                    .hasSize(ALL.size())
                    .contains(
                            "create PT4-PORTS bitmap:port range 0-65535",
                            "create PT6-PORTS bitmap:port range 0-65535",
                            "create PT4-ADDRESSES hash:ip family inet hashsize 1024 maxelem 1048576",
                            "create PT6-RANGES hash:ip,port,net family inet6 hashsize 1024 maxelem 1048576",
                            "create PT4-MARKS hash:ip,port family inet hashsize 1024 maxelem 1048576 skbinfo");
            sets.destroy(LISTING.names());
            assertThat(saved()).isEmpty();

            PROGRAMS.require(String.join("\n", made) + "\n", "ipset", "restore");
            sets.create(ALL); // as over those of an older version
            assertThat(saved()).isEqualTo(made);
        });
    }

    private static void replace(IpsetNetlink sets, Ipset set, Integer... ports) throws IOException {
        sets.replace(
                set, Stream.of(ports).map(port -> IpsetElement.of(set, port)).toList());
    }

    @Test
    void shouldPutPortsInPlaceOfOthers() throws IOException {
        inNamespace(sets -> {
            replace(sets, PORTS.get(IPV4), 1, 32_122, 65_535);
            replace(sets, PORTS.get(IPV6), 32_124);
            assertThat(saved())
                    .contains("add PT4-PORTS 1", "add PT4-PORTS 32122", "add PT4-PORTS 65535")
                    .contains("add PT6-PORTS 32124");
            replace(sets, PORTS.get(IPV4), 32_123);
            assertThat(saved())
                    .filteredOn(line -> line.startsWith("add"))
                    .containsExactly("add PT4-PORTS 32123", "add PT6-PORTS 32124");
            replace(sets, PORTS.get(IPV4));
            replace(sets, PORTS.get(IPV6));
            assertThat(saved()).noneMatch(line -> line.startsWith("add"));
        });
    }

    @Test
    void shouldNameTheSetThatIsInTheWay() throws IOException {
        inNamespace(sets -> {
            sets.destroy(List.of("PT4-ADDRESSES"));
            PROGRAMS.require("", "ipset", "create", "PT4-ADDRESSES", "hash:net");
            assertThatThrownBy(() -> sets.create(ALL))
                    .isInstanceOf(KernelException.class)
                    .hasMessageContaining("making ipset PT4-ADDRESSES: EEXIST");
        });
    }

    private static List<IpsetElement> elements() {
        final List<IpsetElement> elements = new ArrayList<>();
        for (Protocol protocol : Protocol.values()) {
            for (String text : List.of("10.96.0.10", "fd00:10:96::a")) {
                final IpAddress address = IpAddress.parse(text);
                final int family = address.isIpv4() ? IPV4 : IPV6;
                elements.add(IpsetElement.of(ADDRESSES.get(family), address));
                elements.add(IpsetElement.of(FRONTENDS.get(family), protocol, address, 80));
                elements.add(IpsetElement.of(MARKS.get(family), protocol, address, 65535)
                        .withMark(0x5ABCDEF0));
                for (String range :
                        List.of("0.0.0.0/0", "::/0", "192.0.2.0/24", "192.0.2.7/32", "fd00::/7", "::1/128")) {
                    if (Cidr.parse(range).family() == address.family()) {
                        elements.addAll(IpsetElement.of(RANGES.get(family), protocol, address, 53, Cidr.parse(range)));
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
            assertThat(LISTING.read(ALL)).containsExactlyInAnyOrderElementsOf(elements());
            sets.delete(elements());
            assertThat(LISTING.read(ALL)).isEmpty();
        });
    }

    @Test
    void shouldNotMindWhatIsSoAlreadyAndChangeAMark() throws IOException {
        inNamespace(sets -> {
            final IpsetElement one = IpsetElement.of(MARKS.get(IPV4), Protocol.TCP, IpAddress.parse("10.96.0.10"), 80)
                    .withMark(1);
            final IpsetElement two = one.withMark(2);
            sets.add(List.of(one));
            sets.add(List.of(one));
            sets.add(List.of(two));
            assertThat(LISTING.read(ALL)).isEqualTo(Set.of(two));
            sets.delete(List.of(one));
            sets.delete(List.of(one));
            assertThat(LISTING.read(ALL)).isEmpty();
        });
    }

    @Test
    void shouldCarryOutTheOthersAndNameTheOneThatFailed() throws IOException {
        inNamespace(sets -> {
            final List<IpsetElement> many = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                many.add(IpsetElement.of(ADDRESSES.get(IPV4), IpAddress.ofIpv4(0x0A60_0001 + i)));
            }
            PROGRAMS.require("", "ipset", "destroy", "PT4-FRONTENDS");
            many.add(MANY / 2, IpsetElement.of(FRONTENDS.get(IPV4), Protocol.TCP, IpAddress.parse("10.9.9.9"), 80));

            assertThatThrownBy(() -> sets.add(many))
                    .isInstanceOf(KernelException.class)
                    .hasMessageContaining("10.9.9.9,tcp:80 (ipset PT4-FRONTENDS)")
                    .hasMessageContaining("ENOENT");
            assertThat(LISTING.read(ALL)).hasSize(MANY);
        });
    }
}

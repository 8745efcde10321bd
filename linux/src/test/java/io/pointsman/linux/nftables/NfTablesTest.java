package io.pointsman.linux.nftables;

import static io.pointsman.linux.nftables.DataType.IFNAME;
import static io.pointsman.linux.nftables.DataType.INET_PROTO;
import static io.pointsman.linux.nftables.DataType.INET_SERVICE;
import static io.pointsman.linux.nftables.DataType.INTEGER;
import static io.pointsman.linux.nftables.DataType.IPV4_ADDR;
import static io.pointsman.linux.nftables.DataType.IPV6_ADDR;
import static io.pointsman.linux.nftables.DataType.MARK;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.program.ProgramResult;
import io.pointsman.linux.program.Programs;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** With the kernel and the host's nft, in network namespaces of its own; needs root. */
class NfTablesTest {
    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    private static String nft(NetworkNamespace namespace, String input, String... arguments) throws IOException {
        final String[] command = new String[arguments.length + 1];
        command[0] = "nft";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        final ProgramResult result =
                namespace.call(() -> Programs.ofNobody().feed(input, command));
        assertThat(result.isSuccess()).as(result.errors()).isTrue();
        return result.output();
    }

    /** What nft lists of what was committed, which it must take again, to list the same. */
    private String listed(NetworkNamespace namespace) throws IOException {
        final String listing = nft(namespace, "", "list", "ruleset");
        final NetworkNamespace other = namespaces.create();
        nft(other, listing, "-f", "-");
        assertThat(nft(other, "", "list", "ruleset")).isEqualTo(listing);
        return listing;
    }

    private static Bytes ip(String address) {
        return Bytes.address(IpAddress.parse(address));
    }

    private static Bytes key(Bytes... parts) {
        return Bytes.concatenated(parts);
    }

    @Test
    void shouldWriteSetsAndMapsAsNftDoes() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        final TableId table = new TableId(IpFamily.IPV4, "pointsman");
        final NamedSet addresses = NamedSet.set("addresses", IPV4_ADDR).commented("a set");
        final NamedSet ranges = NamedSet.set("ranges", IPV4_ADDR).flagged(NamedSet.Flag.INTERVAL);
        final NamedSet boxes = NamedSet.set("boxes", IPV4_ADDR, INET_PROTO, INET_SERVICE)
                .flagged(NamedSet.Flag.INTERVAL);
        final NamedSet verdicts =
                NamedSet.verdictMap("verdicts", IPV4_ADDR, INET_PROTO, INET_SERVICE).sized(1000);
        final NamedSet endpoints = NamedSet.map(
                "endpoints", List.of(IPV4_ADDR, INET_SERVICE), IPV4_ADDR, INET_PROTO, INET_SERVICE, INTEGER);
        final NamedSet figures = NamedSet.counterMap("figures", IPV4_ADDR);
        final NamedSet clients = NamedSet.map("clients", List.of(IPV4_ADDR), IPV4_ADDR, INET_SERVICE)
                .flagged(NamedSet.Flag.DYNAMIC, NamedSet.Flag.TIMEOUT)
                .sized(5000)
                .lasting(Duration.ofHours(3));
        final NamedSet names = NamedSet.set("names", IFNAME);
        final NamedSet marks = NamedSet.map("marks", List.of(MARK), MARK, INET_SERVICE);
        final Bytes web = key(ip("10.0.0.1"), Bytes.u8(6), Bytes.be16(80));
        final Bytes slot = key(ip("10.0.0.1"), Bytes.u8(6), Bytes.be16(80), Bytes.host32(3));

        final Transaction transaction = new Transaction()
                .create(Table.of(table).commented("the table"))
                .add(table, Chain.regular("there").commented("a chain"))
                .add(table, new NamedCounter("web", 5, 700, "a counter"))
                .add(table, addresses)
                .addElements(table, addresses, List.of(Element.of(ip("10.0.0.1")).commented("an element")))
                .add(table, ranges)
                .addElements(
                        table,
                        ranges,
                        List.of(
                                Element.range(ip("10.0.0.0"), ip("10.255.255.255")),
                                Element.of(ip("11.0.0.0")),
                                Element.range(ip("11.0.0.1"), ip("11.0.0.5")),
                                Element.range(ip("255.255.0.0"), ip("255.255.255.255"))))
                .add(table, boxes)
                .addElements(
                        table,
                        boxes,
                        List.of(
                                Element.range(
                                        key(ip("10.0.0.0"), Bytes.u8(6), Bytes.be16(80)),
                                        key(ip("10.255.255.255"), Bytes.u8(6), Bytes.be16(90))),
                                Element.of(key(ip("11.0.0.0"), Bytes.u8(17), Bytes.be16(53)))))
                .add(table, verdicts)
                .addElements(table, verdicts, List.of(Element.of(web, Verdict.goTo("there"))))
                .add(table, endpoints)
                .addElements(
                        table,
                        endpoints,
                        List.of(Element.of(slot, key(ip("10.1.1.1"), Bytes.be16(8080)))))
                .add(table, figures)
                .addElements(table, figures, List.of(Element.counted(ip("10.0.0.1"), "web")))
                .add(table, clients)
                .add(table, names)
                .addElements(table, names, List.of(Element.of(Bytes.interfaceName("eth0"))))
                .add(table, marks)
                .addElements(
                        table,
                        marks,
                        List.of(Element.of(key(Bytes.host32(7), Bytes.be16(80)), Bytes.host32(9))));
        try (NfTables tables = namespace.call(NfTables::open)) {
            tables.commit(transaction);
            assertThat(tables.tables()).containsExactly(new Table(table, Set.of(), "the table"));
            assertThat(tables.sets(table))
                    .containsExactly(
                            addresses, ranges, boxes, verdicts, endpoints, figures, clients, names, marks);
            assertThat(tables.elements(table, ranges))
                    .containsExactly(
                            Element.range(ip("10.0.0.0"), ip("10.255.255.255")),
                            Element.of(ip("11.0.0.0")),
                            Element.range(ip("11.0.0.1"), ip("11.0.0.5")),
                            Element.range(ip("255.255.0.0"), ip("255.255.255.255")));
            assertThat(tables.elements(table, endpoints))
                    .containsExactly(Element.of(slot, key(ip("10.1.1.1"), Bytes.be16(8080))));
            assertThat(tables.elements(table, verdicts)).containsExactly(Element.of(web, Verdict.goTo("there")));
            assertThat(tables.elements(table, figures)).containsExactly(Element.counted(ip("10.0.0.1"), "web"));
            assertThat(tables.elements(table, addresses))
                    .containsExactly(Element.of(ip("10.0.0.1")).commented("an element"));
            assertThat(tables.counters(table)).containsExactly(new NamedCounter("web", 5, 700, "a counter"));
            assertThat(tables.resetCounters(table)).containsExactly(new NamedCounter("web", 5, 700, "a counter"));
            assertThat(tables.counters(table)).containsExactly(new NamedCounter("web", 0, 0, "a counter"));
        }
        System.out.println(listed(namespace));
    }
}

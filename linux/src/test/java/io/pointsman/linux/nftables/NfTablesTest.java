package io.pointsman.linux.nftables;

import static io.pointsman.linux.nftables.DataType.IFNAME;
import static io.pointsman.linux.nftables.DataType.INET_PROTO;
import static io.pointsman.linux.nftables.DataType.INET_SERVICE;
import static io.pointsman.linux.nftables.DataType.INTEGER;
import static io.pointsman.linux.nftables.DataType.IPV4_ADDR;
import static io.pointsman.linux.nftables.DataType.IPV6_ADDR;
import static io.pointsman.linux.nftables.DataType.MARK;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.netlink.Attributes;
import io.pointsman.linux.netlink.NetlinkProtocol;
import io.pointsman.linux.netlink.NetlinkSocket;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.program.ProgramResult;
import io.pointsman.linux.program.Programs;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tables of the real kernel, read back by the host's nft, in network namespaces of its own; needs root. */
class NfTablesTest {
    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    private static String nft(NetworkNamespace namespace, String input, String... arguments) throws IOException {
        final String[] command = new String[arguments.length + 1];
        command[0] = "nft";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        final ProgramResult result = namespace.call(() -> Programs.ofNobody().feed(input, command));
        assertThat(result.isSuccess()).as(result.errors()).isTrue();
        return result.output();
    }

    /** Returns nft's listing of what was committed; requires that nft can load it and then lists the same. */
    private String listed(NetworkNamespace namespace) throws IOException {
        final String listing = nft(namespace, "", "list", "ruleset");
        // Over itself nft takes no map that it declares with "th dport" behind "ip daddr": conflicting protocols.
        nft(namespace, "flush ruleset\n" + listing, "-c", "-f", "-");
        final NetworkNamespace other = namespaces.create();
        nft(other, listing, "-f", "-");
        assertThat(nft(other, "", "list", "ruleset")).isEqualTo(listing);
        if (isFormOfThisNft()) {
            assertThat(userData(other)).isEqualTo(userData(namespace));
        }
        return listing;
    }

    /** Whether this nft keeps with a set what we do: 1.1.3 keeps more than 1.0.6, and reads both. */
    private boolean isFormOfThisNft() throws IOException {
        final NetworkNamespace ofNft = namespaces.create();
        nft(ofNft, "add table ip t; add set ip t s { type ipv4_addr; }", "-f", "-");
        final NetworkNamespace ours = namespaces.create();
        final TableId table = new TableId(IpFamily.IPV4, "t");
        try (NfTables tables = ours.call(NfTables::open)) {
            tables.commit(new Transaction().create(Table.of(table)).add(table, NamedSet.set("s", IPV4_ADDR)));
        }
        return userData(ofNft).equals(userData(ours));
    }

    /** User data of sets and maps, by their names. */
    private static Map<String, String> userData(NetworkNamespace namespace) throws IOException {
        final Map<String, String> found = new TreeMap<>();
        try (NetlinkSocket socket = namespace.call(() -> NetlinkSocket.open(NetlinkProtocol.NETFILTER))) {
            socket.request(Nfta.GETSET, 0).u8(0).u8(0).u16(0);
            socket.dump("listing sets", message -> {
                final Attributes attributes = message.attributes(4);
                return Optional.ofNullable(found.put(
                        attributes.text(SetMessages.NAME), HexFormat.of().formatHex(attributes.bytes(13))));
            });
        }
        return found;
    }

    private static Bytes ip(String address) {
        return Bytes.address(IpAddress.parse(address));
    }

    private static Bytes key(Bytes... parts) {
        return Bytes.concatenated(parts);
    }

    @Test
    void shouldReadMoreCountersThanOneAnswerHas() throws Exception {
        final TableId table = new TableId(IpFamily.IPV6, "counting");
        final List<NamedCounter> all = IntStream.range(0, 1000)
                .mapToObj(number -> new NamedCounter("connections/default/web-" + number, number, 100L * number, ""))
                .toList();
        try (NfTables tables = namespaces.create().call(NfTables::open)) {
            final Transaction transaction = new Transaction().create(Table.of(table));
            all.forEach(counter -> transaction.add(table, counter));
            tables.commit(transaction);
            final List<String> names = all.stream()
                    .flatMap(counter -> Stream.of("refused/" + counter.name(), counter.name()))
                    .toList();
            assertThat(tables.counters(table, names)).isEqualTo(all);
        }
    }

    @Test
    void shouldWriteSetsAndMapsAsNftDoes() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        final TableId table = new TableId(IpFamily.IPV4, "pointsman");
        final NamedSet addresses = NamedSet.set("addresses", IPV4_ADDR).commented("a set");
        final NamedSet ranges = NamedSet.set("ranges", IPV4_ADDR).flagged(NamedSet.Flag.INTERVAL);
        final NamedSet boxes =
                NamedSet.set("boxes", IPV4_ADDR, INET_PROTO, INET_SERVICE).flagged(NamedSet.Flag.INTERVAL);
        final NamedSet verdicts = NamedSet.verdictMap("verdicts", IPV4_ADDR, INET_PROTO, INET_SERVICE)
                .sized(1000);
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
                .addElements(
                        table, addresses, List.of(Element.of(ip("10.0.0.1")).commented("an element")))
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
                .addElements(table, endpoints, List.of(Element.of(slot, key(ip("10.1.1.1"), Bytes.be16(8080)))))
                .add(table, figures)
                .addElements(table, figures, List.of(Element.counted(ip("10.0.0.1"), "web")))
                .add(table, clients)
                .add(table, names)
                .addElements(table, names, List.of(Element.of(Bytes.interfaceName("eth0"))))
                .add(table, marks)
                .addElements(table, marks, List.of(Element.of(key(Bytes.host32(7), Bytes.be16(80)), Bytes.host32(9))));
        try (NfTables tables = namespace.call(NfTables::open)) {
            tables.commit(transaction);
            assertThat(tables.tables()).containsExactly(new Table(table, Set.of(), "the table"));
            assertThat(tables.sets(table))
                    .containsExactly(addresses, ranges, boxes, verdicts, endpoints, figures, clients, names, marks);
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
            assertThat(tables.members(table))
                    .isEqualTo(tables.chains(table).size()
                            + tables.setNames(table).size()
                            + tables.counters(table).size());
            assertThat(tables.members(new TableId(table.family(), "none"))).isZero();
            assertThat(tables.counters(table, List.of("other", "web", "none")))
                    .containsExactly(new NamedCounter("web", 5, 700, "a counter"));
            assertThat(tables.counters(table, List.of())).isEmpty();
            assertThat(tables.resetCounters(table)).containsExactly(new NamedCounter("web", 5, 700, "a counter"));
            assertThat(tables.counters(table)).containsExactly(new NamedCounter("web", 0, 0, "a counter"));
        }
        assertThat(listed(namespace))
                .contains("comment \"the table\"", "comment \"a chain\"", "comment \"a set\"", "comment \"a counter\"")
                .contains("elements = { 10.0.0.1 comment \"an element\" }")
                .contains("elements = { 10.0.0.0/8 . tcp . 80-90")
                .contains("elements = { 10.0.0.1 . tcp . 80 : goto there }")
                .contains("elements = { 10.0.0.1 . tcp . 80 . 3 : 10.1.1.1 . 8080 }")
                .contains("elements = { 10.0.0.1 : \"web\" }")
                .contains("elements = { \"eth0\" }")
                .contains("elements = { 0x00000007 . 80 : 0x00000009 }");
    }

    private static final Register R0 = new Register(0);
    private static final Register R1 = new Register(1);
    private static final Register R4 = new Register(4);

    /** A rule with the text that nft lists. */
    private record Listed(String text, Rule rule) {}

    private static Listed listed(String text, String chain, List<Expression> first, Expression... more) {
        final List<Expression> all = new ArrayList<>(first);
        all.addAll(List.of(more));
        return new Listed(text, new Rule(chain, all, "", 0));
    }

    private static Listed listed(String text, String chain, Expression... expressions) {
        return listed(text, chain, List.of(), expressions);
    }

    private static List<Listed> rules(IpFamily family) {
        final boolean isIpv4 = family == IpFamily.IPV4;
        final String ip = isIpv4 ? "ip" : "ip6";
        final Register port = R0.behind(isIpv4 ? 4 : 16);
        final KeyLoad frontend =
                KeyLoad.at(R0).destinationAddress(family).protocol().destinationPort();
        final KeyLoad slot = KeyLoad.at(R0)
                .destinationAddress(family)
                .protocol()
                .destinationPort()
                .random(5);
        final Register header = new Register(0);
        return List.of(
                listed(
                        ip + " daddr . meta l4proto . th dport vmap @frontends",
                        "translate",
                        frontend.expressions(),
                        new Expression.MapLookup(frontend.key(), "frontends", Register.VERDICT)),
                listed(
                        "dnat " + ip + " to " + ip
                                + " daddr . meta l4proto . th dport . numgen random mod 5 map @endpoints",
                        "serve",
                        slot.expressions(),
                        new Expression.MapLookup(slot.key(), "endpoints", R0),
                        Expression.Nat.destination(family, R0, port)),
                listed(
                        "counter name " + ip + " daddr . meta l4proto . th dport map @figures",
                        "serve",
                        frontend.expressions(),
                        new Expression.CountByMap(frontend.key(), "figures")),
                listed(
                        "meta mark set meta mark | 0x00004000",
                        "serve",
                        new Expression.Meta(Expression.MetaKey.MARK, R0),
                        Expression.Bitwise.or(R0, 0x4000),
                        new Expression.SetMeta(Expression.MetaKey.MARK, R0)),
                listed(
                        "meta mark & 0x00004000 != 0x00000000 meta l4proto tcp masquerade to :1024-29999 fully-random",
                        "leave",
                        new Expression.Meta(Expression.MetaKey.MARK, R0),
                        Expression.Bitwise.and(R0, 0x4000),
                        Expression.Compare.unequal(R0, Bytes.host32(0)),
                        new Expression.Meta(Expression.MetaKey.L4PROTO, R0),
                        Expression.Compare.equal(R0, Bytes.u8(6)),
                        new Expression.Load(R0, Bytes.be16(1024)),
                        new Expression.Load(R1, Bytes.be16(29999)),
                        new Expression.Masquerade(
                                new Expression.Ports(Optional.of(R0), Optional.of(R1)),
                                Set.of(Expression.NatFlag.FULLY_RANDOM))),
                listed(
                        "masquerade fully-random",
                        "leave",
                        new Expression.Masquerade(Expression.Ports.ANY, Set.of(Expression.NatFlag.FULLY_RANDOM))),
                listed(
                        "meta l4proto tcp redirect to :99",
                        "translate",
                        new Expression.Meta(Expression.MetaKey.L4PROTO, R0),
                        Expression.Compare.equal(R0, Bytes.u8(6)),
                        new Expression.Load(R0, Bytes.be16(99)),
                        new Expression.Redirect(new Expression.Ports(Optional.of(R0), Optional.empty()), Set.of())),
                listed(
                        "ct state new reject",
                        "forward",
                        new Expression.Connection(Expression.ConnectionKey.STATE, Optional.empty(), R0),
                        Expression.Bitwise.and(R0, 8),
                        Expression.Compare.unequal(R0, Bytes.host32(0)),
                        Expression.Reject.portUnreachable(family)),
                listed(
                        "reject with tcp reset",
                        "forward",
                        new Expression.Meta(Expression.MetaKey.L4PROTO, R0),
                        Expression.Compare.equal(R0, Bytes.u8(6)),
                        Expression.Reject.TCP_RESET),
                listed(
                        "fib daddr type local counter name \"total\" jump misc",
                        "forward",
                        new Expression.Route(
                                Expression.RouteResult.ADDRESS_TYPE, Set.of(Expression.RouteKey.DESTINATION), R0),
                        Expression.Compare.equal(R0, Bytes.host32(2)),
                        new Expression.CountBy("total"),
                        new Expression.Decide(Verdict.jump("misc"))),
                listed(
                        "ct direction original drop",
                        "forward",
                        new Expression.Connection(Expression.ConnectionKey.DIRECTION, Optional.empty(), R0),
                        Expression.Compare.equal(R0, Bytes.u8(0)),
                        new Expression.Decide(Verdict.DROP)),
                listed(
                        "ct original " + ip + " daddr != @nets accept",
                        "forward",
                        new Expression.Connection(
                                isIpv4 ? Expression.ConnectionKey.DST_IP : Expression.ConnectionKey.DST_IP6,
                                Optional.of(Expression.Direction.ORIGINAL),
                                R0),
                        new Expression.Lookup(R0, "nets", true),
                        new Expression.Decide(Verdict.ACCEPT)),
                listed(
                        "iifname \"lo\" notrack",
                        "raw",
                        new Expression.Meta(Expression.MetaKey.IIFNAME, R0),
                        Expression.Compare.equal(R0, Bytes.interfaceName("lo")),
                        new Expression.NoTrack()),
                listed(
                        "limit rate 10/second burst 7 packets counter packets 0 bytes 0 return",
                        "misc",
                        new Expression.Limit(10, 1, 7, Expression.LimitUnit.PACKETS, false),
                        Expression.Count.FROM_ZERO,
                        new Expression.Decide(Verdict.RETURN)),
                listed(
                        "meta mark set jhash " + ip + " saddr mod 7 seed 0x1234",
                        "misc",
                        new Expression.Payload(Expression.Header.NETWORK, isIpv4 ? 12 : 8, isIpv4 ? 4 : 16, header),
                        new Expression.Hash(header, isIpv4 ? 4 : 16, 7, Optional.of(0x1234), 0, R4),
                        new Expression.SetMeta(Expression.MetaKey.MARK, R4)),
                listed(
                        "meta mark set symhash mod 7",
                        "misc",
                        new Expression.SymmetricHash(7, 0, R4),
                        new Expression.SetMeta(Expression.MetaKey.MARK, R4)),
                listed(
                        "th dport 30000-32767 goto serve",
                        "translate",
                        new Expression.Payload(Expression.Header.TRANSPORT, 2, 2, R0),
                        new Expression.Range(R0, false, Bytes.be16(30000), Bytes.be16(32767)),
                        new Expression.Decide(Verdict.goTo("serve"))));
    }

    /** Rule that binds clients, IPv4 only: nft 1.0.6 exits when it loads such a rule with the longer address. */
    private static Listed learning() {
        final KeyLoad client = KeyLoad.at(R0).sourceAddress(IpFamily.IPV4).destinationPort();
        final Register value = client.behind();
        final List<Expression> learn = new ArrayList<>(client.expressions());
        learn.add(new Expression.Load(value, ip("10.1.1.1")));
        return listed(
                "update @clients { ip saddr . th dport timeout 2h : 10.1.1.1 }",
                "serve",
                learn,
                new Expression.Dynamic(
                        Expression.Change.UPDATE,
                        "clients",
                        client.key(),
                        Optional.of(value),
                        Duration.ofHours(2),
                        List.of()));
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldWriteRulesThatNftListsAndTakes(IpFamily family) throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        final TableId table = new TableId(family, "pointsman");
        final DataType address = family == IpFamily.IPV4 ? IPV4_ADDR : IPV6_ADDR;
        final List<Listed> rules = new ArrayList<>(rules(family));
        if (family == IpFamily.IPV4) {
            rules.add(learning());
        }
        final Transaction transaction = new Transaction()
                .create(Table.of(table))
                .add(table, NamedSet.verdictMap("frontends", address, INET_PROTO, INET_SERVICE))
                .add(
                        table,
                        NamedSet.map(
                                "endpoints",
                                List.of(address, INET_SERVICE),
                                address,
                                INET_PROTO,
                                INET_SERVICE,
                                INTEGER))
                .add(table, NamedSet.counterMap("figures", address, INET_PROTO, INET_SERVICE))
                .add(
                        table,
                        NamedSet.map("clients", List.of(address), address, INET_SERVICE)
                                .flagged(NamedSet.Flag.DYNAMIC, NamedSet.Flag.TIMEOUT)
                                .sized(1000))
                .add(table, NamedSet.set("nets", address).flagged(NamedSet.Flag.INTERVAL))
                .add(table, NamedCounter.of("total"))
                .add(table, Chain.base("translate", Chain.Type.NAT, Chain.Hook.PREROUTING, -100))
                .add(table, Chain.base("leave", Chain.Type.NAT, Chain.Hook.POSTROUTING, 100))
                .add(table, Chain.base("forward", Chain.Type.FILTER, Chain.Hook.FORWARD, 0))
                .add(table, Chain.base("raw", Chain.Type.FILTER, Chain.Hook.PREROUTING, -300))
                .add(table, Chain.regular("serve"))
                .add(table, Chain.regular("misc"));
        rules.forEach(rule -> transaction.append(table, rule.rule().commented("why")));
        try (NfTables tables = namespace.call(NfTables::open)) {
            tables.commit(transaction);
            assertThat(tables.rules(table))
                    .extracting(Rule::withoutHandle)
                    .containsExactlyInAnyOrderElementsOf(rules.stream()
                            .map(rule -> rule.rule().commented("why"))
                            .toList());
            assertThat(tables.rules(table, "raw")).hasSize(1);
        }
        final String listing = listed(namespace);
        for (Listed rule : rules) {
            assertThat(listing.lines().map(String::strip)).contains(rule.text() + " comment \"why\"");
        }
    }
}

package io.pointsman.linux.nftables;

import static io.pointsman.linux.nftables.DataType.INET_SERVICE;
import static io.pointsman.linux.nftables.DataType.IPV4_ADDR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pointsman.linux.Errno;
import io.pointsman.linux.netfilter.Ruleset;
import io.pointsman.linux.netfilter.RulesetEvent;
import io.pointsman.linux.netlink.NetlinkSocket.Received;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.program.ProgramResult;
import io.pointsman.linux.program.Programs;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real kernel while other programs use it too, in network namespaces of its own; needs root. */
class NfTablesTroubleTest {
    private static final TableId TABLE = new TableId(IpFamily.IPV4, "pointsman");
    private static final NamedSet PORTS = NamedSet.map("ports", List.of(INET_SERVICE), INET_SERVICE);
    private static final NamedSet ADDRESSES = NamedSet.map("addresses", List.of(INET_SERVICE), IPV4_ADDR);
    private static final NamedSet RANGES = NamedSet.set("ranges", IPV4_ADDR).flagged(NamedSet.Flag.INTERVAL);
    private static final int MANY = 10_000;
    private static final int WAIT_MILLIS = 10_000;

    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    private static TransactionException refused(NfTables tables, Transaction transaction) {
        return refused(tables, transaction, 0);
    }

    private static TransactionException refused(NfTables tables, Transaction transaction, int generation) {
        final TransactionException refused =
                catchThrowableOfType(TransactionException.class, () -> tables.commit(transaction, generation));
        assertThat(refused).isNotNull();
        return refused;
    }

    private static ProgramResult nft(NetworkNamespace namespace, String input, String... arguments) throws IOException {
        final List<String> command = new ArrayList<>(List.of("nft"));
        command.addAll(List.of(arguments));
        return namespace.call(() -> Programs.ofNobody().feed(input, command.toArray(new String[0])));
    }

    private static Element port(int key, int value) {
        return Element.of(Bytes.be16(key), Bytes.be16(value));
    }

    private static Element address(int number, int value) {
        return Element.of(Bytes.be32(0x0A00_0000 + number), Bytes.be16(value));
    }

    @Test
    void shouldNameTheOneOperationOfManyThatFails() throws IOException {
        try (NfTables tables = namespaces.create().call(NfTables::open)) {
            tables.commit(new Transaction().create(Table.of(TABLE)).add(TABLE, Chain.regular("chain-7777")));
            final Transaction transaction = new Transaction();
            for (int i = 0; i < MANY; i++) {
                transaction.create(TABLE, Chain.regular("chain-" + i));
            }
            final TransactionException refused = refused(tables, transaction);
            assertThat(refused.refusals())
                    .containsExactly(new TransactionException.Refusal(
                            7777, -1, "creating chain chain-7777 of table ip pointsman", Errno.EEXIST, ""));
            assertThat(refused)
                    .hasMessage("nf_tables refused a transaction, nothing was changed: creating chain chain-7777 of"
                            + " table ip pointsman: EEXIST (exists already)");
            assertThat(tables.chains(TABLE)).hasSize(1);
        }
    }

    @Test
    void shouldNameTheOneElementOfManyThatFails() throws IOException {
        try (NfTables tables = namespaces.create().call(NfTables::open)) {
            tables.commit(new Transaction()
                    .create(Table.of(TABLE))
                    .add(TABLE, ADDRESSES)
                    .addElements(TABLE, ADDRESSES, List.of(address(7777, 9))));
            final List<Element> elements =
                    IntStream.range(0, MANY).mapToObj(i -> address(i, 8)).toList();
            final TransactionException refused =
                    refused(tables, new Transaction().add(TABLE, PORTS).addElements(TABLE, ADDRESSES, elements));
            final TransactionException.Refusal last = refused.first();
            assertThat(last.operation()).isEqualTo(1);
            assertThat(last.element()).isEqualTo(7777);
            assertThat(last.errno()).isEqualTo(Errno.EEXIST);
            assertThat(last.what()).isEqualTo("adding 10000 elements of addresses of table ip pointsman: element 7777");
            assertThat(tables.elements(TABLE, ADDRESSES)).containsExactly(address(7777, 9));
        }
    }

    @Test
    void shouldCountARangeAsOneElementWhenItFails() throws IOException {
        try (NfTables tables = namespaces.create().call(NfTables::open)) {
            final Transaction transaction =
                    new Transaction().create(Table.of(TABLE)).add(TABLE, RANGES);
            tables.commit(transaction.addElements(TABLE, RANGES, List.of(range(5))));
            final TransactionException refused = refused(
                    tables, new Transaction().deleteElements(TABLE, RANGES, List.of(range(5), range(6), range(7))));
            assertThat(refused.first().element()).isEqualTo(1);
            assertThat(tables.elements(TABLE, RANGES)).containsExactly(range(5));
        }
    }

    private static Element range(int number) {
        final int first = 0x0A00_0000 + 256 * number;
        return Element.range(Bytes.be32(first), Bytes.be32(first + 100));
    }

    @Test
    void shouldRefuseWhenAnotherWriterCameFirst() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        try (NfTables mine = namespace.call(NfTables::open);
                NfTables other = namespace.call(NfTables::open)) {
            mine.commit(new Transaction().create(Table.of(TABLE)));
            final int generation = mine.generation();
            other.commit(new Transaction().add(TABLE, Chain.regular("theirs")));
            final Transaction transaction = new Transaction().add(TABLE, Chain.regular("mine"));
            final TransactionException refused = refused(mine, transaction, generation);
            assertThat(refused.isConflict()).isTrue();
            assertThat(refused.first().operation()).isEqualTo(-1);
            assertThat(mine.chains(TABLE)).containsExactly(Chain.regular("theirs"));

            mine.commit(transaction, mine.generation()); // the same again, having looked
            assertThat(mine.chains(TABLE)).containsExactly(Chain.regular("theirs"), Chain.regular("mine"));
        }
    }

    @Test
    void shouldWriteEachOfTwoWritersTransactionsWholly() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        final TableId theirs = new TableId(IpFamily.IPV4, "theirs");
        try (NfTables mine = namespace.call(NfTables::open);
                NfTables other = namespace.call(NfTables::open)) {
            final CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> write(other, theirs));
            write(mine, TABLE);
            writing.join();
            for (TableId table : List.of(TABLE, theirs)) {
                assertThat(mine.elements(table, PORTS)).hasSize(200);
            }
        }
    }

    private static void write(NfTables tables, TableId table) {
        try {
            tables.commit(new Transaction().create(Table.of(table)).add(table, PORTS));
            for (int i = 0; i < 200; i++) {
                tables.commit(new Transaction().addElements(table, PORTS, List.of(port(i, i))));
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldTellHowElementsDiffer() throws IOException {
        final List<Element> wanted =
                IntStream.range(0, 1000).mapToObj(i -> address(i, 8)).toList();
        try (NfTables tables = namespaces.create().call(NfTables::open)) {
            tables.commit(new Transaction()
                    .create(Table.of(TABLE))
                    .add(TABLE, ADDRESSES)
                    .addElements(TABLE, ADDRESSES, wanted));
            assertThat(tables.differences(TABLE, ADDRESSES, wanted)).isEqualTo(new NfTables.Differences(0, 0));
            assertThat(tables.find(TABLE, ADDRESSES, wanted)).isEqualTo(wanted);

            final List<Element> gone = List.of(wanted.getFirst(), wanted.get(199), wanted.get(200), wanted.getLast());
            tables.commit(new Transaction()
                    .deleteElements(TABLE, ADDRESSES, gone)
                    .deleteElements(TABLE, ADDRESSES, List.of(wanted.get(500)))
                    .addElements(TABLE, ADDRESSES, List.of(address(500, 9), address(2000, 8), address(2001, 8))));
            assertThat(tables.differences(TABLE, ADDRESSES, wanted)).isEqualTo(new NfTables.Differences(5, 2));
            assertThat(tables.find(TABLE, ADDRESSES, wanted))
                    .hasSize(996)
                    .doesNotContainAnyElementsOf(gone)
                    .contains(address(500, 9));
        }
    }

    /** Small sets are read, and large ones of Linux 6.17 and newer looked up, by two threads: both say the same. */
    @ParameterizedTest
    @ValueSource(ints = {100, 15_000})
    void shouldTellWhatIsMissingAndWhatElseThereIs(int size) throws IOException {
        final List<Element> wanted =
                IntStream.range(0, size).mapToObj(i -> address(i, 8)).toList();
        final List<Element> gone = List.of(wanted.getFirst(), wanted.get(50), wanted.getLast());
        try (NfTables tables = namespaces.create().call(NfTables::openTwice)) {
            tables.commit(new Transaction()
                    .create(Table.of(TABLE))
                    .add(TABLE, ADDRESSES)
                    .addElements(TABLE, ADDRESSES, wanted));
            assertThat(tables.compare(TABLE, ADDRESSES, wanted))
                    .isEqualTo(new NfTables.Comparison(List.of(), List.of()));

            tables.commit(new Transaction()
                    .deleteElements(TABLE, ADDRESSES, gone)
                    .deleteElements(TABLE, ADDRESSES, List.of(wanted.get(70)))
                    .addElements(TABLE, ADDRESSES, List.of(address(70, 9))));
            final NfTables.Comparison less = tables.compare(TABLE, ADDRESSES, wanted);
            assertThat(less.missing()).containsExactly(gone.get(0), gone.get(1), wanted.get(70), gone.get(2));
            assertThat(less.others()).containsExactly(address(70, 9));
            assertThat(tables.differences(TABLE, ADDRESSES, wanted)).isEqualTo(new NfTables.Differences(4, 0));

            tables.commit(new Transaction().addElements(TABLE, ADDRESSES, List.of(address(size, 8))));
            final NfTables.Comparison more = tables.compare(TABLE, ADDRESSES, wanted);
            assertThat(more.missing()).containsExactly(gone.get(0), gone.get(1), wanted.get(70), gone.get(2));
            assertThat(more.others()).containsExactlyInAnyOrder(address(70, 9), address(size, 8));
            assertThat(tables.differences(TABLE, ADDRESSES, wanted)).isEqualTo(new NfTables.Differences(4, 1));
        }
    }

    @Test
    void shouldTellMapsOfVerdictsAndCountersByTheirWholeAnswers() throws IOException {
        final NamedSet verdicts = NamedSet.verdictMap("verdicts", DataType.IPV4_ADDR);
        final NamedSet counters = NamedSet.counterMap("counters", DataType.IPV4_ADDR);
        final List<Element> toChains = new ArrayList<>();
        final List<Element> toCounters = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            toChains.add(Element.of(Bytes.be32(i), Verdict.goTo(i % 3 == 0 ? "one" : "two")));
            toCounters.add(Element.counted(Bytes.be32(i), i % 5 == 0 ? "long-name" : "name" + i % 2));
        }
        try (NfTables tables = namespaces.create().call(NfTables::open)) {
            tables.commit(new Transaction()
                    .create(Table.of(TABLE))
                    .add(TABLE, verdicts)
                    .add(TABLE, counters)
                    .add(TABLE, Chain.regular("one"))
                    .add(TABLE, Chain.regular("two"))
                    .add(TABLE, NamedCounter.of("long-name"))
                    .add(TABLE, NamedCounter.of("name0"))
                    .add(TABLE, NamedCounter.of("name1"))
                    .addElements(TABLE, verdicts, toChains)
                    .addElements(TABLE, counters, toCounters));
            assertThat(tables.differences(TABLE, verdicts, toChains)).isEqualTo(new NfTables.Differences(0, 0));
            assertThat(tables.differences(TABLE, counters, toCounters)).isEqualTo(new NfTables.Differences(0, 0));

            toChains.set(8, Element.of(Bytes.be32(8), Verdict.goTo("one")));
            toChains.set(9, Element.of(Bytes.be32(9), Verdict.jump("one")));
            toCounters.set(11, Element.counted(Bytes.be32(11), "name0"));
            toCounters.set(12, Element.counted(Bytes.be32(12), "name"));
            assertThat(tables.differences(TABLE, verdicts, toChains)).isEqualTo(new NfTables.Differences(2, 0));
            assertThat(tables.differences(TABLE, counters, toCounters)).isEqualTo(new NfTables.Differences(2, 0));
        }
    }

    @Test
    void shouldLetNftListWhileItWrites() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        final AtomicBoolean done = new AtomicBoolean();
        try (NfTables tables = namespace.call(NfTables::open)) {
            tables.commit(new Transaction().create(Table.of(TABLE)).add(TABLE, ADDRESSES));
            final CompletableFuture<List<ProgramResult>> listing =
                    CompletableFuture.supplyAsync(() -> list(namespace, done));
            for (int i = 0; i < 100; i++) {
                final int start = i * 100;
                tables.commit(new Transaction()
                        .addElements(
                                TABLE,
                                ADDRESSES,
                                IntStream.range(start, start + 100)
                                        .mapToObj(number -> address(number, 80))
                                        .toList()));
            }
            done.set(true);
            assertThat(listing.join()).isNotEmpty().allMatch(ProgramResult::isSuccess);
            assertThat(tables.elements(TABLE, ADDRESSES)).hasSize(MANY);
        }
    }

    private static List<ProgramResult> list(NetworkNamespace namespace, AtomicBoolean done) {
        final List<ProgramResult> results = new ArrayList<>();
        try {
            do {
                results.add(nft(namespace, "", "list", "ruleset"));
            } while (!done.get() && results.size() < 1000);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return results;
    }

    @Test
    void shouldReadAndKeepAForeignTableBeside() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        final String foreign = """
                table ip pointsmen {
                \tmap ports {
                \t\ttype inet_service : inet_service
                \t\telements = { 1 : 2 }
                \t}

                \tset days {
                \t\ttypeof meta day
                \t\telements = { "Sunday" }
                \t}

                \tchain in {
                \t\ttype nat hook prerouting priority -101; policy accept;
                \t\ttcp dport { 80, 443 } dnat to 192.0.2.1 comment "theirs"
                \t\tmeta day "Sunday" jump {
                \t\t\taccept
                \t\t}
                \t}
                }
                """;
        assertThat(nft(namespace, foreign, "-f", "-").errors()).isEmpty();
        final String before = nft(namespace, "", "list", "ruleset").output();
        final TableId other = new TableId(IpFamily.IPV4, "pointsmen");
        try (NfTables tables = namespace.call(NfTables::open)) {
            tables.commit(new Transaction()
                    .create(Table.of(TABLE))
                    .add(TABLE, PORTS)
                    .addElements(TABLE, PORTS, List.of(port(1, 3))));
            assertThat(tables.tables()).extracting(Table::id).containsExactly(other, TABLE);
            assertThat(tables.elements(other, PORTS)).containsExactly(port(1, 2));
            assertThat(tables.sets(other)).containsExactly(PORTS);
            assertThat(tables.setNames(other)).contains("ports", "days").hasSize(3);
            assertThat(tables.rules(other)).hasSize(3).anyMatch(rule -> rule.comment()
                    .equals("theirs"));
            tables.commit(new Transaction().deleteTable(TABLE));
        }
        assertThat(nft(namespace, "", "list", "ruleset").output()).isEqualTo(before);
    }

    @Test
    void shouldTellOfEventsThatWereLost() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        try (NfTables tables = namespace.call(NfTables::open);
                Ruleset heard = namespace.call(Ruleset::listen)) {
            tables.commit(new Transaction().create(Table.of(TABLE)).add(TABLE, ADDRESSES));
            for (int i = 0; i < 40; i++) { // of 10,000 events each, which no program reads
                final List<Element> elements = IntStream.range(i * MANY, (i + 1) * MANY)
                        .mapToObj(number -> address(number, 80))
                        .toList();
                tables.commit(new Transaction().addElements(TABLE, ADDRESSES, elements));
            }
            boolean isLost = false;
            for (int i = 0; i < 1_000_000 && !isLost; i++) {
                final Received received = heard.receive(WAIT_MILLIS, _ -> {});
                assertThat(received).isNotEqualTo(Received.NOTHING);
                isLost = received == Received.OVERRUN;
            }
            assertThat(isLost).isTrue();
        }
    }

    @Test
    void shouldTellWhoChangedWhichElement() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        try (NfTables tables = namespace.call(NfTables::open);
                Ruleset heard = namespace.call(Ruleset::listen)) {
            tables.commit(new Transaction().create(Table.of(TABLE)).add(TABLE, PORTS));
            tables.commit(new Transaction().addElements(TABLE, PORTS, List.of(port(1, 2))));
            final List<RulesetEvent> events = new ArrayList<>();
            while (events.stream()
                            .filter(event -> event.kind() == RulesetEvent.Kind.COMMIT)
                            .count()
                    < 2) {
                assertThat(heard.receive(WAIT_MILLIS, events::add)).isEqualTo(Received.EVENTS);
            }
            assertThat(events)
                    .contains(new RulesetEvent(
                            RulesetEvent.Kind.ELEMENT_ADDED,
                            Optional.of(IpFamily.IPV4),
                            "pointsman",
                            "",
                            "ports",
                            tables.port(),
                            0));
            assertThat(events.getLast().generation()).isEqualTo(tables.generation());
        }
    }

    @Test
    void shouldLetNobodyElseChangeAnOwnedTable() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        try (NfTables tables = namespace.call(NfTables::open)) {
            Assumptions.assumeTrue(hasFlags(tables, Set.of(Table.Flag.OWNER)), "this kernel's tables have no owners");
            tables.commit(new Transaction().create(Table.of(TABLE).flagged(Set.of(Table.Flag.OWNER))));
            assertThat(nft(namespace, "", "add", "chain", "ip", "pointsman", "theirs")
                            .errors())
                    .contains("Operation not permitted");
            try (NfTables other = namespace.call(NfTables::open)) {
                assertThat(refused(other, new Transaction().add(TABLE, Chain.regular("theirs"))))
                        .hasMessageContaining("EPERM (operation not permitted)")
                        .hasMessageContaining("a table that no other program owns");
            }
        }
        try (NfTables tables = namespace.call(NfTables::open)) {
            assertThat(tables.tables()).isEmpty();
        }
    }

    @Test
    void shouldLeaveAPersistentTableToTheNextOwner() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        final Table owned = Table.of(TABLE).flagged(Set.of(Table.Flag.OWNER, Table.Flag.PERSIST));
        try (NfTables tables = namespace.call(NfTables::open)) {
            Assumptions.assumeTrue(hasFlags(tables, owned.flags()), "this kernel's tables do not outlive their owners");
            tables.commit(new Transaction().create(owned).add(TABLE, Chain.regular("kept")));
        }
        try (NfTables tables = namespace.call(NfTables::open)) {
            assertThat(tables.chains(TABLE)).containsExactly(Chain.regular("kept"));
            tables.commit(new Transaction().add(owned).add(TABLE, Chain.regular("more")));
            assertThat(tables.chains(TABLE)).hasSize(2);
        }
    }

    private static boolean hasFlags(NfTables kernel, Set<Table.Flag> flags) throws IOException {
        return DryRun.refusals(kernel, new Transaction().create(Table.of(TABLE).flagged(flags)))
                .isEmpty();
    }
}

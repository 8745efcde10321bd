package io.pointsman.linux.nftables;

import io.pointsman.linux.AddressFamily;
import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.Attributes;
import io.pointsman.linux.netlink.MessageWriter;
import io.pointsman.linux.netlink.NetlinkBatch;
import io.pointsman.linux.netlink.NetlinkMessage;
import io.pointsman.linux.netlink.NetlinkProtocol;
import io.pointsman.linux.netlink.NetlinkSocket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Access to the nf_tables of one network namespace, that of the thread that opens it. Needs CAP_NET_ADMIN in the user
 * namespace that owns it. Afterwards any thread may use it, one at a time.
 *
 * <p>If other programs write meanwhile, what is read may come from several moments; a dump that the kernel reports as
 * inconsistent is repeated, up to ten times.
 */
public final class NfTables implements AutoCloseable {
    private static final int FIXED_BYTES = 4; // nfgenmsg: family:u8, version:u8, resource:be16

    private static final int GEN_ID = 1;
    private static final int CHAIN_TABLE = 1;
    private static final int CHAIN_NAME = 3;
    private static final int CHAIN_HOOK = 4;
    private static final int CHAIN_POLICY = 5;
    private static final int CHAIN_TYPE = 7;
    private static final int CHAIN_USERDATA = 12;
    private static final int TABLE_NAME = 1;
    private static final int TABLE_FLAGS = 2;
    private static final int TABLE_USE = 3;
    private static final int TABLE_USERDATA = 6;
    private static final int RULE_TABLE = 1;
    private static final int RULE_CHAIN = 2;
    private static final int RULE_HANDLE = 3;
    private static final int RULE_EXPRESSIONS = 4;
    private static final int RULE_USERDATA = 7;
    private static final int OBJ_TABLE = 1;
    private static final int OBJ_NAME = 2;
    private static final int OBJ_TYPE = 3;
    private static final int OBJ_DATA = 4;
    private static final int OBJ_USERDATA = 8;

    private final NetlinkSocket socket;
    /** Second socket, so that another thread can look elements up at the same time. */
    private final @Nullable NetlinkSocket second;

    private NfTables(NetlinkSocket socket, @Nullable NetlinkSocket second) {
        this.socket = socket;
        this.second = second;
    }

    /** Opens the tables of the calling thread's network namespace. */
    public static NfTables open() throws KernelException {
        return new NfTables(NetlinkSocket.open(NetlinkProtocol.NETFILTER), null);
    }

    /** Opens with two sockets: two threads compare large sets, if the host has two processors. */
    public static NfTables openTwice() throws KernelException {
        if (Runtime.getRuntime().availableProcessors() < 2) {
            return open();
        }
        final NetlinkSocket first = NetlinkSocket.open(NetlinkProtocol.NETFILTER);
        try {
            return new NfTables(first, NetlinkSocket.open(NetlinkProtocol.NETFILTER));
        } catch (KernelException e) {
            first.close();
            throw e;
        }
    }

    /** Number of the last transaction of any program: each adds 1. Never 0. */
    public int generation() throws KernelException {
        ask(Nfta.GETGEN, AddressFamily.AF_UNSPEC);
        return socket.query("asking for the nf_tables generation", message -> message.attributes(FIXED_BYTES)
                        .be32(GEN_ID, 0))
                .orElse(0);
    }

    /** Netlink port in the events of transactions committed here: {@code RulesetEvent.port}. */
    public int port() throws KernelException {
        ask(Nfta.GETGEN, AddressFamily.AF_UNSPEC);
        return socket.query("asking for the netlink port", NetlinkMessage::port).orElse(0);
    }

    /**
     * Commits a transaction as a whole or not at all; it is in force on return. The kernel takes it in one piece: Linux 6.18
     * took 109 MB with 2.4 million elements in 7 seconds, during which all other writers of nf_tables waited. In a user
     * namespace of its own, a process is limited to twice the sysctl {@code net.core.wmem_max}, usually 416 KiB, which is
     * 9,000 elements of a map.
     *
     * @throws TransactionException when the kernel refused it; says what was refused
     * @throws IOException when it could not be sent
     */
    public void commit(Transaction transaction) throws IOException {
        commit(transaction, 0);
    }

    /**
     * Commits a transaction unless another program changed nf_tables meanwhile.
     *
     * @param generation result of {@link #generation} when the transaction was composed
     * @throws TransactionException with {@link TransactionException#isConflict} if another program made a change
     */
    public void commit(Transaction transaction, int generation) throws IOException {
        if (transaction.isEmpty()) {
            return;
        }
        final List<TransactionException.Refusal> refusals = new ArrayList<>();
        final RequestBuffer sealed = transaction.seal(generation);
        final String tried = "committing " + transaction.size() + " operations to nf_tables";
        try {
            final boolean isDone = socket.transact(
                    sealed.array(),
                    sealed.length(),
                    transaction.lastMessage(),
                    tried,
                    (message, attributeAt, failure) ->
                            refusals.add(transaction.refusal(message, attributeAt, failure)));
            if (refusals.isEmpty() && !isDone) {
                throw new KernelException(tried, Errno.ENOBUFS, "the kernel's answer was lost");
            }
        } finally {
            transaction.unseal();
        }
        if (!refusals.isEmpty()) {
            throw new TransactionException(refusals);
        }
    }

    private MessageWriter ask(int type, int family) {
        return socket.request(type, 0).u8(family).u8(0).u16(0);
    }

    private MessageWriter ask(int type, TableId table) {
        return ask(type, AddressFamily.number(table.family()));
    }

    /** Lists the tables of the families ip and ip6. */
    public List<Table> tables() throws KernelException {
        ask(Nfta.GETTABLE, AddressFamily.AF_UNSPEC);
        return socket.dump("listing nf_tables' tables", NfTables::table);
    }

    /**
     * Returns how many chains, sets, maps, flowtables and named objects a table has, anonymous sets included; 0 if there is
     * no such table.
     */
    public int members(TableId table) throws KernelException {
        ask(Nfta.GETTABLE, table).attributeText(TABLE_NAME, table.name());
        try {
            return socket.query("counting what table " + table + " has", message -> message.attributes(FIXED_BYTES)
                            .be32(TABLE_USE, 0))
                    .orElse(0);
        } catch (KernelException e) {
            if (e.is(Errno.ENOENT)) {
                return 0;
            }
            throw e;
        }
    }

    private static Optional<Table> table(NetlinkMessage message) {
        final Attributes attributes = message.attributes(FIXED_BYTES);
        return AddressFamily.of(message.u8(0))
                .map(family -> new Table(
                        new TableId(family, attributes.text(TABLE_NAME)),
                        ExpressionReader.bits(Table.Flag.class, Table.Flag::bit, attributes.be32(TABLE_FLAGS, 0)),
                        UserData.text(attributes.bytes(TABLE_USERDATA), UserData.TABLE_COMMENT)));
    }

    /** Lists a table's chains, in order of creation; none if there is no such table. */
    public List<Chain> chains(TableId table) throws KernelException {
        ask(Nfta.GETCHAIN, table);
        return socket.dump(
                "listing chains of table " + table, message -> chain(table, message.attributes(FIXED_BYTES)));
    }

    private static Optional<Chain> chain(TableId table, Attributes attributes) {
        if (!attributes.text(CHAIN_TABLE).equals(table.name())) {
            return Optional.empty();
        }
        final Attributes hook = attributes.nested(CHAIN_HOOK);
        final Optional<Chain.Base> base = attributes.has(CHAIN_HOOK)
                ? base(attributes.text(CHAIN_TYPE), hook, attributes.be32(CHAIN_POLICY, 1))
                : Optional.empty();
        return Optional.of(new Chain(
                attributes.text(CHAIN_NAME),
                base,
                UserData.text(attributes.bytes(CHAIN_USERDATA), UserData.CHAIN_COMMENT)));
    }

    private static Optional<Chain.Base> base(String typeText, Attributes hook, int policyNumber) {
        final Chain.Hook where =
                ExpressionReader.numbered(Chain.Hook.values(), Chain.Hook::number, hook.be32(Nfta.HOOK_NUM, -1));
        final Chain.Policy policy =
                ExpressionReader.numbered(Chain.Policy.values(), Chain.Policy::number, policyNumber);
        if (where == null || policy == null) {
            return Optional.empty();
        }
        return Arrays.stream(Chain.Type.values())
                .filter(type -> type.text().equals(typeText))
                .findFirst()
                .map(type -> new Chain.Base(type, where, hook.be32(Nfta.HOOK_PRIORITY, 0), policy));
    }

    /** Lists the names of a table's sets and maps, including anonymous ones and those of unknown types. */
    public List<String> setNames(TableId table) throws KernelException {
        ask(Nfta.GETSET, table).attributeText(SetMessages.TABLE, table.name());
        return socket.dump(
                "listing sets of table " + table,
                message -> Optional.of(message.attributes(FIXED_BYTES).text(SetMessages.NAME)));
    }

    /** Lists a table's sets and maps whose parts all are {@link DataType}s; {@code ENOENT} if there is no such table. */
    public List<NamedSet> sets(TableId table) throws KernelException {
        ask(Nfta.GETSET, table).attributeText(SetMessages.TABLE, table.name());
        return socket.dump(
                "listing sets of table " + table, message -> SetMessages.read(message.attributes(FIXED_BYTES)));
    }

    /** Lists the elements of a set or map, in no particular order. */
    public List<Element> elements(TableId table, NamedSet set) throws KernelException {
        ask(Nfta.GETSETELEM, table)
                .attributeText(ElementWriter.LIST_TABLE, table.name())
                .attributeText(ElementWriter.LIST_SET, set.name());
        return ElementReader.elements(
                set,
                socket.dump(
                        "listing elements of " + set.name() + " of table " + table,
                        message -> Optional.of(ElementReader.pieces(message.attributes(FIXED_BYTES)))));
    }

    /**
     * Differences between the elements of a set or map and the wanted ones.
     *
     * @param missing wanted elements that are absent or map to something else
     * @param others elements present that are not wanted or map to something else
     */
    public record Comparison(List<Element> missing, List<Element> others) {}

    /**
     * Compares the elements of a set or map with the wanted ones, which it probably has. If so, and if the kernel counts
     * elements as Linux 6.17 does, a large set is compared by look-ups: see {@link #find}.
     *
     * @param wanted elements with distinct keys
     */
    public Comparison compare(TableId table, NamedSet set, List<Element> wanted) throws KernelException {
        final OptionalInt count = set.hasRanges() ? OptionalInt.empty() : count(table, set);
        if (count.isPresent() && count.getAsInt() >= ElementComparison.LARGE_SET && wanted.size() >= count.getAsInt()) {
            final ElementComparison.Found found = ElementComparison.of(socket, second, table, set, wanted);
            if (found.present() == count.getAsInt()) {
                return new Comparison(found.unequal(), found.others());
            }
        }
        final Set<Element> there = new LinkedHashSet<>(elements(table, set));
        final List<Element> missing =
                wanted.stream().filter(element -> !there.remove(element)).toList();
        return new Comparison(missing, List.copyOf(there));
    }

    /**
     * Looks up elements by their keys, and returns those present, as they are in the kernel, in the order of the keys. For
     * many keys of a large set this is much faster than {@link #elements}, for which the kernel walks the set from its start
     * for every 32 KiB. Not for sets of ranges.
     */
    public List<Element> find(TableId table, NamedSet set, List<Element> keys) throws KernelException {
        final List<Element> found = new ArrayList<>(keys.size());
        new ElementLookup(socket, table, set).each(keys, (_, there) -> {
            if (there != null) {
                found.add(there);
            }
        });
        return found;
    }

    /**
     * Numbers of differences between the elements of a set or map and the wanted ones.
     *
     * @param missing number of wanted elements that are absent or map to something else
     * @param more number of elements present that are not wanted
     */
    public record Differences(int missing, int more) {
        public boolean isEmpty() {
            return missing == 0 && more == 0;
        }
    }

    /**
     * Compares the elements of a set or map with the wanted ones, which have distinct keys. If the kernel counts elements,
     * as Linux 6.17 does, they are looked up as {@link #find} does, and further elements follow from the count.
     */
    public Differences differences(TableId table, NamedSet set, List<Element> wanted) throws KernelException {
        final OptionalInt count = set.hasRanges() ? OptionalInt.empty() : count(table, set);
        if (count.isEmpty()) {
            final Map<Bytes, Element> there = new HashMap<>();
            elements(table, set).forEach(element -> there.put(element.key(), element));
            int missing = 0;
            for (Element element : wanted) {
                missing += element.equals(there.remove(element.key())) ? 0 : 1;
            }
            return new Differences(missing, there.size());
        }
        final ElementComparison.Found found = ElementComparison.of(socket, second, table, set, wanted);
        return new Differences(found.unequal().size(), count.getAsInt() - found.present());
    }

    /** Number of elements; empty if the kernel does not report it, or there is no such set. */
    private OptionalInt count(TableId table, NamedSet set) throws KernelException {
        ask(Nfta.GETSET, table)
                .attributeText(SetMessages.TABLE, table.name())
                .attributeText(SetMessages.NAME, set.name());
        try {
            return socket.query(
                            "counting elements of " + set.name() + " of table " + table,
                            message -> SetMessages.count(message.attributes(FIXED_BYTES)))
                    .orElse(OptionalInt.empty());
        } catch (KernelException e) {
            if (e.is(Errno.ENOENT)) {
                return OptionalInt.empty();
            }
            throw e;
        }
    }

    /** Lists the rules of a table, by chain, in order. */
    public List<Rule> rules(TableId table) throws KernelException {
        ask(Nfta.GETRULE, table).attributeText(RULE_TABLE, table.name());
        return socket.dump("listing rules of table " + table, NfTables::rule);
    }

    /** Lists the rules of a chain, in order. */
    public List<Rule> rules(TableId table, String chain) throws KernelException {
        ask(Nfta.GETRULE, table).attributeText(RULE_TABLE, table.name()).attributeText(RULE_CHAIN, chain);
        return socket.dump("listing rules of chain " + chain + " of table " + table, NfTables::rule);
    }

    private static Optional<Rule> rule(NetlinkMessage message) {
        final Attributes attributes = message.attributes(FIXED_BYTES);
        return Optional.of(new Rule(
                attributes.text(RULE_CHAIN),
                ExpressionReader.readAll(attributes.nested(RULE_EXPRESSIONS)),
                UserData.text(attributes.bytes(RULE_USERDATA), UserData.RULE_COMMENT),
                attributes.be64(RULE_HANDLE, 0)));
    }

    /** Lists the flowtables of a table. */
    public List<Flowtable> flowtables(TableId table) throws KernelException {
        ask(Nfta.GETFLOWTABLE, table).attributeText(FlowtableMessages.TABLE, table.name());
        return socket.dump("listing flowtables of table " + table, message -> Optional.of(
                        message.attributes(FIXED_BYTES))
                .filter(attributes -> attributes.text(FlowtableMessages.TABLE).equals(table.name()))
                .map(FlowtableMessages::read));
    }

    /**
     * Named counters of a table, as they stand. To list them the kernel begins at the first for every 32 KiB, so twice as many
     * take it four times as long: where there are many, and their names are known, {@link #counters(TableId, Collection)} is faster.
     */
    public List<NamedCounter> counters(TableId table) throws KernelException {
        return counters(table, Nfta.GETOBJ);
    }

    /** Returns the current values of the named counters that the table has. The kernel finds each by its name. */
    public List<NamedCounter> counters(TableId table, Collection<String> names) throws KernelException {
        final List<NamedCounter> found = new ArrayList<>(names.size());
        final List<KernelException> failures = new ArrayList<>();
        final NetlinkBatch batch = new NetlinkBatch();
        int left = names.size();
        for (String name : names) {
            batch.add(Nfta.GETOBJ, 0, "reading counters of table " + table)
                    .u8(AddressFamily.number(table.family()))
                    .u8(0)
                    .u16(0)
                    .attributeText(OBJ_TABLE, table.name())
                    .attributeText(OBJ_NAME, name)
                    .attributeBe32(OBJ_TYPE, Nfta.OBJECT_COUNTER);
            if (--left == 0 || batch.isFull()) {
                socket.queryEach(
                        batch,
                        (_, failure) -> {
                            if (!failure.is(Errno.ENOENT)) {
                                failures.add(failure);
                            }
                        },
                        message -> found.add(counter(message)));
                batch.clear();
            }
        }
        if (!failures.isEmpty()) {
            throw failures.getFirst();
        }
        return found;
    }

    /** Named counters of a table as they stood when each was set to zero: nothing is counted twice, or not at all. */
    public List<NamedCounter> resetCounters(TableId table) throws KernelException {
        return counters(table, Nfta.GETOBJ_RESET);
    }

    private List<NamedCounter> counters(TableId table, int type) throws KernelException {
        ask(type, table).attributeText(OBJ_TABLE, table.name()).attributeBe32(OBJ_TYPE, Nfta.OBJECT_COUNTER);
        return socket.dump("listing counters of table " + table, message -> Optional.of(counter(message)));
    }

    private static NamedCounter counter(NetlinkMessage message) {
        final Attributes attributes = message.attributes(FIXED_BYTES);
        final Attributes data = attributes.nested(OBJ_DATA);
        return new NamedCounter(
                attributes.text(OBJ_NAME),
                data.be64(Nfta.COUNTER_PACKETS, 0),
                data.be64(Nfta.COUNTER_BYTES, 0),
                UserData.text(attributes.bytes(OBJ_USERDATA), UserData.OBJECT_COMMENT));
    }

    @Override
    public void close() {
        socket.close();
        if (second != null) {
            second.close();
        }
    }
}

package io.pointsman.linux.nftables;

import io.pointsman.linux.AddressFamily;
import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.Attributes;
import io.pointsman.linux.netlink.MessageWriter;
import io.pointsman.linux.netlink.NetlinkMessage;
import io.pointsman.linux.netlink.NetlinkProtocol;
import io.pointsman.linux.netlink.NetlinkSocket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The nf_tables of one network namespace: that of the thread which opened it. Needs CAP_NET_ADMIN in the user namespace that
 * owns it. Afterwards any thread may use it, one at a time.
 *
 * <p>What is read may come from several moments when others write meanwhile; a dump that the kernel says was torn is
 * repeated, ten times at most.
 */
public final class NfTables implements AutoCloseable {
    private static final int FIXED_BYTES = 4; // nfgenmsg: family:u8, version:u8, resource:be16
    /** From here on looking elements up is faster than a dump, which walks the set from its start for every 32 KiB. */
    private static final int LARGE_SET = 10_000;

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

    private NfTables(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Those of the calling thread's network namespace. */
    public static NfTables open() throws KernelException {
        return new NfTables(NetlinkSocket.open(NetlinkProtocol.NETFILTER));
    }

    /** The number of the last transaction, no matter who made it: each adds 1. Never 0. */
    public int generation() throws KernelException {
        ask(Nfta.GETGEN, AddressFamily.AF_UNSPEC);
        return socket.query("asking for the nf_tables generation", message -> message.attributes(FIXED_BYTES)
                        .be32(GEN_ID, 0))
                .orElse(0);
    }

    /** The netlink port that events of what is committed here carry: {@code RulesetEvent.port}. */
    public int port() throws KernelException {
        ask(Nfta.GETGEN, AddressFamily.AF_UNSPEC);
        return socket.query("asking for the netlink port", NetlinkMessage::port).orElse(0);
    }

    /**
     * Carries out a transaction, all of it or nothing, which is in force when this returns. The kernel takes it in one piece:
     * Linux 6.18 took 109 MB with 2.4 million elements, in 7 seconds for which all other writers of nf_tables waited. In a
     * user namespace of its own a process has a bound, twice the sysctl {@code net.core.wmem_max}: 416 KiB as a rule, which
     * are 9,000 elements of a map.
     *
     * @throws TransactionException when the kernel refused it, with what it refused
     * @throws IOException when it could not be sent
     */
    public void commit(Transaction transaction) throws IOException {
        commit(transaction, 0);
    }

    /**
     * As the other, if nobody changed nf_tables meanwhile.
     *
     * @param generation what {@link #generation} was when the transaction was made up
     * @throws TransactionException which {@link TransactionException#isConflict} when another program did
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

    /** Tables of the families ip and ip6. */
    public List<Table> tables() throws KernelException {
        ask(Nfta.GETTABLE, AddressFamily.AF_UNSPEC);
        return socket.dump("listing nf_tables' tables", NfTables::table);
    }

    /**
     * How many chains, sets, maps, flowtables and named objects a table has, sets without a name of their own included; 0 when
     * there is no such table.
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

    /** Chains of a table, in the order in which they were made; none when there is no such table. */
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

    /** Names of all sets and maps of a table, those without a name of their own and of unknown types as well. */
    public List<String> setNames(TableId table) throws KernelException {
        ask(Nfta.GETSET, table).attributeText(SetMessages.TABLE, table.name());
        return socket.dump(
                "listing sets of table " + table,
                message -> Optional.of(message.attributes(FIXED_BYTES).text(SetMessages.NAME)));
    }

    /** Sets and maps of a table whose parts all are {@link DataType}s; {@code ENOENT} when there is no such table. */
    public List<NamedSet> sets(TableId table) throws KernelException {
        ask(Nfta.GETSET, table).attributeText(SetMessages.TABLE, table.name());
        return socket.dump(
                "listing sets of table " + table, message -> SetMessages.read(message.attributes(FIXED_BYTES)));
    }

    /** Elements of a set or map, in no order. */
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
     * What is in a set or map beside what should be.
     *
     * @param missing elements that are not there, or lead elsewhere
     * @param others elements that are there and should not be, or should lead elsewhere
     */
    public record Comparison(List<Element> missing, List<Element> others) {}

    /**
     * Compares the elements of a set or map with those it should have, which are what it probably has. If it does, and the
     * kernel counts elements as Linux 6.17 does, a large one is compared by looking them up: see {@link #find}.
     *
     * @param wanted no key twice
     */
    public Comparison compare(TableId table, NamedSet set, List<Element> wanted) throws KernelException {
        final OptionalInt count = set.hasRanges() ? OptionalInt.empty() : count(table, set);
        if (count.isPresent() && count.getAsInt() >= LARGE_SET && wanted.size() >= count.getAsInt()) {
            final Comparison found = new Comparison(new ArrayList<>(), new ArrayList<>());
            final int present = new ElementLookup(socket, table, set).each(wanted, (asked, there) -> {
                if (!asked.equals(there)) {
                    found.missing().add(asked);
                    if (there != null) {
                        found.others().add(there);
                    }
                }
            });
            if (present == count.getAsInt()) {
                return found;
            }
        }
        final Set<Element> there = new LinkedHashSet<>(elements(table, set));
        final List<Element> missing =
                wanted.stream().filter(element -> !there.remove(element)).toList();
        return new Comparison(missing, List.copyOf(there));
    }

    /**
     * Looks elements up by their keys, and returns those that are there, as they are there, in that order. For many keys of a
     * large set this is much faster than {@link #elements}: to read all of it the kernel begins at the set's start for every
     * 32 KiB. Not for sets of ranges.
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
     * How elements of a set or map differ from those it should have.
     *
     * @param missing how many of these are not there, or lead elsewhere
     * @param more how many others are there
     */
    public record Differences(int missing, int more) {
        public boolean isEmpty() {
            return missing == 0 && more == 0;
        }
    }

    /**
     * Compares the elements of a set or map with those it should have; no key twice. Where the kernel counts elements, as
     * Linux 6.17 does, they are looked up by their keys as {@link #find} does, and the rest is told by its number.
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
        final int[] equal = {0};
        final int present = new ElementLookup(socket, table, set)
                .each(wanted, (asked, there) -> equal[0] += asked.equals(there) ? 1 : 0);
        return new Differences(wanted.size() - equal[0], count.getAsInt() - present);
    }

    /** How many elements there are; empty from kernels that do not tell, and when there is no such set. */
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

    /** Rules of a table, by chain, in their order. */
    public List<Rule> rules(TableId table) throws KernelException {
        ask(Nfta.GETRULE, table).attributeText(RULE_TABLE, table.name());
        return socket.dump("listing rules of table " + table, NfTables::rule);
    }

    /** Rules of a chain, in their order. */
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

    /** Flowtables of a table. */
    public List<Flowtable> flowtables(TableId table) throws KernelException {
        ask(Nfta.GETFLOWTABLE, table).attributeText(FlowtableMessages.TABLE, table.name());
        return socket.dump("listing flowtables of table " + table, message -> Optional.of(
                        message.attributes(FIXED_BYTES))
                .filter(attributes -> attributes.text(FlowtableMessages.TABLE).equals(table.name()))
                .map(FlowtableMessages::read));
    }

    /**
     * Named counters of a table, as they stand. To list them the kernel begins at the first for every 32 KiB: 50,000 took it
     * half a second.
     */
    public List<NamedCounter> counters(TableId table) throws KernelException {
        return counters(table, Nfta.GETOBJ);
    }

    /** Named counters of a table as they stood when each was set to zero: nothing is counted twice, or not at all. */
    public List<NamedCounter> resetCounters(TableId table) throws KernelException {
        return counters(table, Nfta.GETOBJ_RESET);
    }

    private List<NamedCounter> counters(TableId table, int type) throws KernelException {
        ask(type, table).attributeText(OBJ_TABLE, table.name()).attributeBe32(OBJ_TYPE, Nfta.OBJECT_COUNTER);
        return socket.dump("listing counters of table " + table, message -> {
            final Attributes attributes = message.attributes(FIXED_BYTES);
            final Attributes data = attributes.nested(OBJ_DATA);
            return Optional.of(new NamedCounter(
                    attributes.text(OBJ_NAME),
                    data.be64(Nfta.COUNTER_PACKETS, 0),
                    data.be64(Nfta.COUNTER_BYTES, 0),
                    UserData.text(attributes.bytes(OBJ_USERDATA), UserData.OBJECT_COMMENT)));
        });
    }

    @Override
    public void close() {
        socket.close();
    }
}

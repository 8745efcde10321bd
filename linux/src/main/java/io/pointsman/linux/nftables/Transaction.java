package io.pointsman.linux.nftables;

import io.pointsman.linux.AddressFamily;
import io.pointsman.linux.KernelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/**
 * Operations on tables that take effect together or not at all: {@link NfTables#commit}. They are numbered from 0 in the
 * order of their addition. Not thread-safe; {@link #clear} empties it and keeps its memory.
 *
 * <p>Adding does nothing to an object that exists and is equal; creating it fails. Deleting a missing object fails. If a
 * base chain, a set or a map is deleted and added again, packets pass between the two; if elements are deleted and others
 * added, none do.
 *
 * @see NfTables#commit for the largest size
 */
public final class Transaction {
    private static final int FLAG_CREATE = 0x400;
    private static final int FLAG_EXCL = 0x200;
    private static final int FLAG_APPEND = 0x800;
    private static final int FLAG_REPLACE = 0x100;
    private static final int FLAG_ACK = 4;
    private static final int BATCH_BEGIN = 0x10;
    private static final int BATCH_END = 0x11;
    private static final int BATCH_GENERATION = 1;
    private static final int GENERATION_AT = 24;
    private static final int HEADER_BYTES = 20; // nlmsghdr and nfgenmsg
    private static final int TYPE_MASK = 0x3FFF;
    private static final int START_BYTES = 4 << 10;
    private static final int CHAIN_TABLE = 1;
    private static final int CHAIN_HOOK = 4;
    private static final int CHAIN_POLICY = 5;
    private static final int CHAIN_TYPE = 7;
    private static final int CHAIN_USERDATA = 12;
    private static final int CHAIN_NAME = 3;
    private static final int TABLE_NAME = 1;
    private static final int TABLE_FLAGS = 2;
    private static final int TABLE_USERDATA = 6;
    private static final int SET_TABLE = 1;
    private static final int SET_NAME = 2;
    private static final int OBJ_TABLE = 1;
    private static final int OBJ_NAME = 2;
    private static final int OBJ_TYPE = 3;
    private static final int OBJ_DATA = 4;
    private static final int OBJ_USERDATA = 8;
    private static final int RULE_TABLE = 1;
    private static final int RULE_CHAIN = 2;
    private static final int RULE_HANDLE = 3;
    private static final int RULE_EXPRESSIONS = 4;
    private static final int RULE_POSITION = 6;
    private static final int RULE_USERDATA = 7;

    private final RequestBuffer out = new RequestBuffer(START_BYTES);
    private final ExpressionWriter expressions = new ExpressionWriter(out);
    private final List<Supplier<String>> operations = new ArrayList<>();
    private int[] operationOfMessage = new int[16];
    private int[] startOfMessage = new int[16];
    private int[] firstElementOfMessage = new int[16];
    private int messages;
    private int sealedBytes;
    private int setIds;

    /** Creates an empty transaction. */
    public Transaction() {
        begin();
    }

    private void begin() {
        message(-1);
        out.begin(BATCH_BEGIN, 0, AddressFamily.AF_UNSPEC, Nfta.SUBSYSTEM);
        out.be32(BATCH_GENERATION, 0);
        out.end(0);
    }

    /** Number of operations. */
    public int size() {
        return operations.size();
    }

    public boolean isEmpty() {
        return operations.isEmpty();
    }

    /** Length in bytes of the datagram. */
    public int bytes() {
        return out.length();
    }

    /** Removes all operations. */
    public void clear() {
        out.clear();
        operations.clear();
        messages = 0;
        setIds = 0;
        begin();
    }

    public Transaction add(Table table) {
        return table(table, FLAG_CREATE, "adding ");
    }

    public Transaction create(Table table) {
        return table(table, FLAG_CREATE | FLAG_EXCL, "creating ");
    }

    private Transaction table(Table table, int flags, String verb) {
        operation(() -> verb + "table " + table.id());
        start(Nfta.NEWTABLE, flags, table.id());
        out.text(TABLE_NAME, Names.name("table", table.id().name()))
                .be32(
                        TABLE_FLAGS,
                        table.flags().stream().mapToInt(Table.Flag::bit).sum());
        userData(TABLE_USERDATA, UserData.comment(UserData.TABLE_COMMENT, table.comment()));
        return end();
    }

    /** Deletes a table with everything in it. */
    public Transaction deleteTable(TableId table) {
        operation(() -> "deleting table " + table);
        start(Nfta.DELTABLE, 0, table);
        out.text(TABLE_NAME, table.name());
        return end();
    }

    public Transaction add(TableId table, Chain chain) {
        return chain(table, chain, FLAG_CREATE, "adding ");
    }

    public Transaction create(TableId table, Chain chain) {
        return chain(table, chain, FLAG_CREATE | FLAG_EXCL, "creating ");
    }

    private Transaction chain(TableId table, Chain chain, int flags, String verb) {
        operation(() -> verb + "chain " + chain.name() + " of table " + table);
        start(Nfta.NEWCHAIN, flags, table);
        out.text(CHAIN_TABLE, table.name()).text(CHAIN_NAME, Names.name("chain", chain.name()));
        chain.base().ifPresent(base -> {
            out.text(CHAIN_TYPE, base.type().text())
                    .be32(CHAIN_POLICY, base.policy().number());
            final int hook = out.beginNested(CHAIN_HOOK);
            out.be32(Nfta.HOOK_NUM, base.hook().number()).be32(Nfta.HOOK_PRIORITY, base.priority());
            out.endNested(hook);
        });
        userData(CHAIN_USERDATA, UserData.comment(UserData.CHAIN_COMMENT, chain.comment()));
        return end();
    }

    /** Deletes a chain with its rules; fails while a rule or an element refers to it. */
    public Transaction deleteChain(TableId table, String chain) {
        operation(() -> "deleting chain " + chain + " of table " + table);
        start(Nfta.DELCHAIN, 0, table);
        out.text(CHAIN_TABLE, table.name()).text(CHAIN_NAME, chain);
        return end();
    }

    /** Deletes the rules of a chain. */
    public Transaction flushChain(TableId table, String chain) {
        operation(() -> "flushing chain " + chain + " of table " + table);
        start(Nfta.DELRULE, 0, table);
        out.text(RULE_TABLE, table.name()).text(RULE_CHAIN, chain);
        return end();
    }

    public Transaction add(TableId table, NamedSet set) {
        return set(table, set, FLAG_CREATE, "adding ");
    }

    public Transaction create(TableId table, NamedSet set) {
        return set(table, set, FLAG_CREATE | FLAG_EXCL, "creating ");
    }

    private Transaction set(TableId table, NamedSet set, int flags, String verb) {
        operation(() -> verb + "set " + set.name() + " of table " + table);
        start(Nfta.NEWSET, flags, table);
        SetMessages.write(out, table, set, ++setIds);
        return end();
    }

    /** Deletes a set or map with its elements; fails while a rule refers to it. */
    public Transaction deleteSet(TableId table, String set) {
        operation(() -> "deleting set " + set + " of table " + table);
        start(Nfta.DELSET, 0, table);
        out.text(SET_TABLE, table.name()).text(SET_NAME, set);
        return end();
    }

    /** Deletes all elements of a set or map. */
    public Transaction flushSet(TableId table, String set) {
        operation(() -> "flushing set " + set + " of table " + table);
        start(Nfta.DELSETELEM, 0, table);
        out.text(ElementWriter.LIST_TABLE, table.name()).text(ElementWriter.LIST_SET, set);
        return end();
    }

    /** Adds elements. An element that exists with the same value stays; with another value it is an error. */
    public Transaction addElements(TableId table, NamedSet set, Collection<Element> elements) {
        return elements(table, set, elements, Nfta.NEWSETELEM, FLAG_CREATE, "adding ");
    }

    /** Creates elements; fails if one exists. */
    public Transaction createElements(TableId table, NamedSet set, Collection<Element> elements) {
        return elements(table, set, elements, Nfta.NEWSETELEM, FLAG_CREATE | FLAG_EXCL, "creating ");
    }

    /** Deletes the elements of these keys, whatever they map to; fails if one is missing. */
    public Transaction deleteElements(TableId table, NamedSet set, Collection<Element> elements) {
        return elements(table, set, elements, Nfta.DELSETELEM, 0, "deleting ");
    }

    private Transaction elements(
            TableId table, NamedSet set, Collection<Element> elements, int type, int flags, String verb) {
        if (elements.isEmpty()) {
            return this;
        }
        final int count = elements.size();
        operation(() -> verb + count + " elements of " + set.name() + " of table " + table);
        final ElementWriter writer = new ElementWriter(out, set, type == Nfta.DELSETELEM);
        int index = 0;
        int list = 0;
        for (Element element : elements) {
            if (list == 0) {
                start(type, flags, table);
                firstElementOfMessage[messages - 1] = index;
                list = writer.begin(table);
            }
            writer.write(element);
            index++;
            if (writer.isFull()) {
                out.endNested(list);
                end();
                list = 0;
            }
        }
        if (list != 0) {
            out.endNested(list);
            end();
        }
        return this;
    }

    /** Adds a counter; an existing one keeps its values. */
    public Transaction add(TableId table, NamedCounter counter) {
        operation(() -> "adding counter " + counter.name() + " of table " + table);
        start(Nfta.NEWOBJ, FLAG_CREATE, table);
        out.text(OBJ_TABLE, table.name())
                .text(OBJ_NAME, Names.name("counter", counter.name()))
                .be32(OBJ_TYPE, Nfta.OBJECT_COUNTER);
        final int data = out.beginNested(OBJ_DATA);
        out.be64(Nfta.COUNTER_BYTES, counter.bytes()).be64(Nfta.COUNTER_PACKETS, counter.packets());
        out.endNested(data);
        userData(OBJ_USERDATA, UserData.comment(UserData.OBJECT_COMMENT, counter.comment()));
        return end();
    }

    /** Deletes a counter; fails while a rule or an element refers to it. */
    public Transaction deleteCounter(TableId table, String counter) {
        operation(() -> "deleting counter " + counter + " of table " + table);
        start(Nfta.DELOBJ, 0, table);
        out.text(OBJ_TABLE, table.name()).text(OBJ_NAME, counter).be32(OBJ_TYPE, Nfta.OBJECT_COUNTER);
        return end();
    }

    /** Adds a flowtable, or the missing interfaces to an existing one. Fails if an interface does not exist. */
    public Transaction add(TableId table, Flowtable flowtable) {
        operation(() -> "adding flowtable " + flowtable.name() + " of table " + table + " with " + flowtable.devices());
        start(Nfta.NEWFLOWTABLE, FLAG_CREATE, table);
        FlowtableMessages.write(out, table, flowtable);
        return end();
    }

    /** Removes these interfaces, at least one, from a flowtable; fails if one is not in it. */
    public Transaction deleteDevices(TableId table, Flowtable flowtable) {
        operation(
                () -> "taking " + flowtable.devices() + " out of flowtable " + flowtable.name() + " of table " + table);
        start(Nfta.DELFLOWTABLE, 0, table);
        FlowtableMessages.writeDevices(out, table, flowtable);
        return end();
    }

    /** Adds a rule at the end of its chain. */
    public Transaction append(TableId table, Rule rule) {
        return rule(table, rule, FLAG_CREATE | FLAG_APPEND, 0, "appending ");
    }

    /** Adds a rule at the beginning of its chain. */
    public Transaction insert(TableId table, Rule rule) {
        return rule(table, rule, FLAG_CREATE, 0, "inserting ");
    }

    /** Adds a rule before another rule of its chain. */
    public Transaction insertBefore(TableId table, long handle, Rule rule) {
        return rule(table, rule, FLAG_CREATE, handle, "inserting ");
    }

    /** Replaces the rule that has this rule's handle. */
    public Transaction replace(TableId table, Rule rule) {
        operation(() -> "replacing rule " + rule.handle() + of(table, rule.chain()));
        start(Nfta.NEWRULE, FLAG_REPLACE, table);
        out.text(RULE_TABLE, table.name())
                .text(RULE_CHAIN, Names.name("chain", rule.chain()))
                .be64(RULE_HANDLE, rule.handle());
        return body(rule);
    }

    private Transaction rule(TableId table, Rule rule, int flags, long before, String verb) {
        operation(() -> verb + "a rule" + of(table, rule.chain()));
        start(Nfta.NEWRULE, flags, table);
        out.text(RULE_TABLE, table.name()).text(RULE_CHAIN, Names.name("chain", rule.chain()));
        if (before != 0) {
            out.be64(RULE_POSITION, before);
        }
        return body(rule);
    }

    private Transaction body(Rule rule) {
        expressions.writeAll(RULE_EXPRESSIONS, rule.expressions());
        userData(RULE_USERDATA, UserData.comment(UserData.RULE_COMMENT, rule.comment()));
        return end();
    }

    public Transaction deleteRule(TableId table, String chain, long handle) {
        operation(() -> "deleting rule " + handle + of(table, chain));
        start(Nfta.DELRULE, 0, table);
        out.text(RULE_TABLE, table.name()).text(RULE_CHAIN, chain).be64(RULE_HANDLE, handle);
        return end();
    }

    private static String of(TableId table, String chain) {
        return " of chain " + chain + " of table " + table;
    }

    private void userData(int type, byte[] data) {
        if (data.length > 0) {
            out.octets(type, data);
        }
    }

    private void operation(Supplier<String> what) {
        operations.add(what);
    }

    private void start(int type, int flags, TableId table) {
        message(operations.size() - 1);
        out.begin(type, flags, AddressFamily.number(table.family()), 0);
    }

    private Transaction end() {
        out.end(messages - 1);
        return this;
    }

    private void message(int operation) {
        if (messages == startOfMessage.length) {
            operationOfMessage = Arrays.copyOf(operationOfMessage, 2 * messages);
            startOfMessage = Arrays.copyOf(startOfMessage, 2 * messages);
            firstElementOfMessage = Arrays.copyOf(firstElementOfMessage, 2 * messages);
        }
        operationOfMessage[messages] = operation;
        startOfMessage[messages] = out.length();
        firstElementOfMessage[messages] = 0;
        messages++;
    }

    /**
     * Returns the datagram, whose messages are numbered from 0; the last operation requests an acknowledgement. Call
     * {@link #unseal} before adding anything.
     *
     * @param generation 0 for any
     */
    RequestBuffer seal(int generation) {
        out.setBe32(GENERATION_AT, generation);
        out.flag(startOfMessage[messages - 1], FLAG_ACK);
        sealedBytes = out.length();
        out.begin(BATCH_END, 0, AddressFamily.AF_UNSPEC, Nfta.SUBSYSTEM);
        out.end(messages);
        return out;
    }

    void unseal() {
        out.truncate(sealedBytes);
        out.unflag(startOfMessage[messages - 1], FLAG_ACK);
    }

    /** Number of the message that is acknowledged. */
    int lastMessage() {
        return messages - 1;
    }

    /**
     * Returns a description of what failed.
     *
     * @param attributeAt offset in the message of the attribute that the kernel rejected; 0 for none
     */
    TransactionException.Refusal refusal(int message, int attributeAt, KernelException failure) {
        final int operation = operationOfMessage[message];
        final int element = operation < 0 ? -1 : element(message, attributeAt);
        return new TransactionException.Refusal(
                operation, element, what(message, element), failure.errno(), failure.kernelText());
    }

    private String what(int message, int element) {
        final int operation = operationOfMessage[message];
        final String whole = operation < 0
                ? "a transaction of " + operations.size() + " operations, " + bytes() + " bytes"
                : operations.get(operation).get();
        return element < 0 ? whole : whole + ": element " + element;
    }

    /** Index in its operation of the element at an attribute; -1 for none. */
    private int element(int message, int attributeAt) {
        final int start = startOfMessage[message];
        final int type = out.u16At(start + 4);
        if (attributeAt == 0 || (type != Nfta.NEWSETELEM && type != Nfta.DELSETELEM)) {
            return -1;
        }
        int list = start + HEADER_BYTES;
        while ((out.u16At(list + 2) & TYPE_MASK) != ElementWriter.LIST_ELEMENTS) {
            list += (out.u16At(list) + 3) & ~3;
        }
        final int end = list + out.u16At(list);
        int element = firstElementOfMessage[message] - 1;
        for (int at = list + 4; at < end && at <= start + attributeAt; at += (out.u16At(at) + 3) & ~3) {
            // the kernel counts the end of a range as an element, the caller does not: its attribute begins with flags
            if ((out.u16At(at + 6) & TYPE_MASK) == ElementWriter.KEY) {
                element++;
            }
        }
        return attributeAt < list - start ? -1 : element;
    }
}

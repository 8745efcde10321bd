package io.pointsman.linux.nftables;

import java.util.Arrays;

/**
 * Writes elements of one set into messages. Deletions name only the key.
 *
 * <p>In the kernel, a set of ranges with one part has an element for each end of a range: the first key, and the key after
 * the last, which is flagged. With several parts one element has both.
 */
final class ElementWriter {
    static final int LIST_TABLE = 1;
    static final int LIST_SET = 2;
    static final int LIST_ELEMENTS = 3;
    static final int KEY = 1;
    static final int DATA = 2;
    static final int FLAGS = 3;
    static final int TIMEOUT = 4;
    static final int USERDATA = 6;
    static final int OBJREF = 9;
    static final int KEY_END = 10;
    static final int FLAG_INTERVAL_END = 1;

    /** Bytes after which a list ends; it may have 65,535. */
    private static final int FULL_BYTES = 60_000;

    private final RequestBuffer out;
    private final NamedSet set;
    private final boolean keysOnly;
    private final int keyBytes;

    ElementWriter(RequestBuffer out, NamedSet set, boolean keysOnly) {
        this.out = out;
        this.set = set;
        this.keysOnly = keysOnly;
        this.keyBytes = DataType.bytes(set.key());
    }

    /** Begins a message's list; {@link #isFull} says when to end it. */
    int begin(TableId table) {
        out.text(LIST_TABLE, table.name()).text(LIST_SET, Names.name("set", set.name()));
        return out.beginNested(LIST_ELEMENTS);
    }

    /** Whether the list must end before the next element. */
    boolean isFull() {
        return out.messageLength() > FULL_BYTES;
    }

    void write(Element element) {
        if (element.keyBytes() != keyBytes) {
            throw new IllegalArgumentException("the key " + element.key() + " of " + element.keyBytes()
                    + " bytes in the set " + set.name() + ", whose keys have " + keyBytes);
        }
        if (element.isRange() && !set.hasRanges()) {
            throw new IllegalArgumentException(
                    "the range " + element + " in the set " + set.name() + " of single keys");
        }
        final boolean ends = set.hasRanges() && !set.hasWholeRanges();
        final int whole = out.beginNested(Nfta.LIST_ELEM);
        key(KEY, element.packed(), 0);
        if (set.hasRanges() && set.hasWholeRanges()) {
            key(KEY_END, element.packed(), element.isRange() ? keyBytes : 0);
        }
        if (!keysOnly) {
            body(element);
        }
        out.endNested(whole);
        if (ends) {
            end(element);
        }
    }

    private void body(Element element) {
        final Object target = element.target();
        if (target instanceof Verdict verdict) {
            ExpressionWriter.verdict(out, DATA, verdict);
        } else if (target instanceof String counter) {
            out.text(OBJREF, Names.name("counter", counter));
        } else if (element.valueBytes() > 0) {
            final int data = out.beginNested(DATA);
            final byte[] packed = element.packed();
            out.octets(Nfta.DATA_VALUE, packed, packed.length - element.valueBytes(), element.valueBytes());
            out.endNested(data);
        }
        if (element.timeoutMillis() > 0) {
            out.be64(TIMEOUT, element.timeoutMillis());
        }
        if (!element.comment().isEmpty()) {
            out.octets(USERDATA, UserData.comment(UserData.ELEMENT_COMMENT, element.comment()));
        }
    }

    private void key(int type, byte[] packed, int from) {
        final int key = out.beginNested(type);
        out.octets(Nfta.DATA_VALUE, packed, from, keyBytes);
        out.endNested(key);
    }

    /** Writes the end of a range; a range that includes the last possible key has none. */
    private void end(Element element) {
        final int from = element.isRange() ? keyBytes : 0;
        final byte[] next = Arrays.copyOfRange(element.packed(), from, from + keyBytes);
        int i = keyBytes - 1;
        while (i >= 0 && ++next[i] == 0) {
            i--;
        }
        if (i >= 0) {
            final int whole = out.beginNested(Nfta.LIST_ELEM);
            out.be32(FLAGS, FLAG_INTERVAL_END);
            key(KEY, next, 0);
            out.endNested(whole);
        }
    }
}

package io.pointsman.linux.nftables;

import io.pointsman.linux.netlink.Attributes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Messages about sets and maps ({@code NFTA_SET_*}). */
final class SetMessages {
    static final int TABLE = 1;
    static final int NAME = 2;
    private static final int FLAGS = 3;
    private static final int KEY_TYPE = 4;
    private static final int KEY_LEN = 5;
    private static final int DATA_TYPE = 6;
    private static final int DATA_LEN = 7;
    private static final int DESC = 9;
    private static final int ID = 10;
    private static final int TIMEOUT = 11;
    private static final int USERDATA = 13;
    private static final int OBJ_TYPE = 15;
    private static final int COUNT = 20;
    private static final int DESC_SIZE = 1;
    private static final int DESC_CONCAT = 2;
    private static final int FIELD_LEN = 1;
    private static final int FLAG_ANONYMOUS = 0x1;
    private static final int FLAG_MAP = 0x8;
    private static final int FLAG_OBJECT = 0x40;
    private static final int FLAG_CONCAT = 0x80;
    private static final int TYPE_VERDICT = 0xFFFF_FF00;

    private SetMessages() {}

    /** Writes the body of a message; {@code id} is any number that no other set of the transaction has. */
    static void write(RequestBuffer out, TableId table, NamedSet set, int id) {
        final boolean wholeRanges = set.hasRanges() && set.hasWholeRanges();
        int flags = set.flags().stream().mapToInt(NamedSet.Flag::bit).sum() | (wholeRanges ? FLAG_CONCAT : 0);
        flags |= switch (set.data()) {
            case NamedSet.Data.Nothing() -> 0;
            case NamedSet.Data.Values _, NamedSet.Data.Verdicts() -> FLAG_MAP;
            case NamedSet.Data.Counters() -> FLAG_OBJECT;
        };
        out.text(TABLE, table.name())
                .text(NAME, Names.name("set", set.name()))
                .be32(FLAGS, flags)
                .be32(KEY_TYPE, DataType.number(set.key()))
                .be32(KEY_LEN, DataType.bytes(set.key()));
        switch (set.data()) {
            case NamedSet.Data.Nothing() -> {}
            case NamedSet.Data.Values(List<DataType> parts) ->
                out.be32(DATA_TYPE, DataType.number(parts)).be32(DATA_LEN, DataType.bytes(parts));
            case NamedSet.Data.Verdicts() -> out.be32(DATA_TYPE, TYPE_VERDICT).be32(DATA_LEN, 0);
            case NamedSet.Data.Counters() -> out.be32(OBJ_TYPE, Nfta.OBJECT_COUNTER);
        }
        out.be32(ID, id);
        if (set.size() > 0 || wholeRanges) {
            final int desc = out.beginNested(DESC);
            if (set.size() > 0) {
                out.be32(DESC_SIZE, set.size());
            }
            if (wholeRanges) {
                fields(out, set.key());
            }
            out.endNested(desc);
        }
        if (set.timeout().isPositive()) {
            out.be64(TIMEOUT, set.timeout().toMillis());
        }
        out.octets(USERDATA, UserData.of(set));
    }

    private static void fields(RequestBuffer out, List<DataType> key) {
        final int concat = out.beginNested(DESC_CONCAT);
        for (DataType part : key) {
            final int field = out.beginNested(Nfta.LIST_ELEM);
            out.be32(FIELD_LEN, part.bytes());
            out.endNested(field);
        }
        out.endNested(concat);
    }

    /** Reads the number of elements; empty if the kernel does not report it. */
    static OptionalInt count(Attributes message) {
        return message.has(COUNT) ? OptionalInt.of(message.be32(COUNT, 0)) : OptionalInt.empty();
    }

    /** Reads a set; empty for an anonymous one, or one with parts of unknown types. */
    static Optional<NamedSet> read(Attributes message) {
        final int flags = message.be32(FLAGS, 0);
        final List<DataType> key = DataType.ofNumber(message.be32(KEY_TYPE, 0)).orElse(List.of());
        final Optional<NamedSet.Data> data = data(message, flags);
        if (key.isEmpty() || data.isEmpty() || (flags & FLAG_ANONYMOUS) != 0) {
            return Optional.empty();
        }
        return Optional.of(new NamedSet(
                message.text(NAME),
                key,
                data.get(),
                ExpressionReader.bits(NamedSet.Flag.class, NamedSet.Flag::bit, flags),
                message.nested(DESC).be32(DESC_SIZE, 0),
                Duration.ofMillis(message.be64(TIMEOUT, 0)),
                UserData.setComment(message.bytes(USERDATA))));
    }

    private static Optional<NamedSet.Data> data(Attributes message, int flags) {
        if ((flags & FLAG_OBJECT) != 0) {
            return message.be32(OBJ_TYPE, 0) == Nfta.OBJECT_COUNTER
                    ? Optional.of(new NamedSet.Data.Counters())
                    : Optional.empty();
        }
        if ((flags & FLAG_MAP) == 0) {
            return Optional.of(new NamedSet.Data.Nothing());
        }
        final int type = message.be32(DATA_TYPE, 0);
        return type == TYPE_VERDICT
                ? Optional.of(new NamedSet.Data.Verdicts())
                : DataType.ofNumber(type).filter(parts -> !parts.isEmpty()).map(NamedSet.Data.Values::new);
    }
}

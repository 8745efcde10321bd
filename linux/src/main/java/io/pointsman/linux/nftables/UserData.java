package io.pointsman.linux.nftables;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Data that {@code nft} stores with objects for its own use, and the kernel does not interpret: entries of type:u8,
 * length:u8, bytes ({@code include/libnftnl/udata.h}). Numbers in it are in host order.
 */
final class UserData {
    /** Most bytes of user data: NFT_USERDATA_MAXLEN. */
    private static final int MAX_BYTES = 256;

    static final int TABLE_COMMENT = 0;
    static final int CHAIN_COMMENT = 0;
    static final int RULE_COMMENT = 0;
    static final int ELEMENT_COMMENT = 0;
    static final int OBJECT_COMMENT = 0;
    private static final int SET_KEY_BYTE_ORDER = 0;
    private static final int SET_DATA_BYTE_ORDER = 1;
    private static final int SET_KEY_TYPEOF = 3;
    private static final int SET_DATA_TYPEOF = 4;
    private static final int SET_DATA_INTERVAL = 6;
    private static final int SET_COMMENT = 7;
    private static final int ORDER_NONE = 0;
    private static final int ORDER_HOST = 1;
    private static final int ORDER_NETWORK = 2;

    /** Kinds of nft's own expressions ({@code enum expr_types}). */
    private static final int PAYLOAD = 7;

    private static final int META = 9;
    private static final int CONCATENATION = 13;
    private static final int NUMGEN = 23;
    /** Headers ({@code enum proto_desc_id}) and their fields. */
    private static final int TRANSPORT_HEADER = 11;

    private static final int IPV4_HEADER = 12;
    private static final int IPV6_HEADER = 13;
    private static final int DESTINATION_PORT = 2;
    private static final int IPV4_DESTINATION = 12;
    private static final int IPV6_DESTINATION = 9;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private UserData() {}

    /** User data with one comment; empty without a comment. */
    static byte[] comment(int type, String comment) {
        return comment.isEmpty()
                ? new byte[0]
                : new UserData().text(type, Names.comment(comment)).toBytes();
    }

    /** User data of a set or map, so that nft lists it as it was declared. */
    static byte[] of(NamedSet set) {
        final UserData data = new UserData();
        data.number(SET_KEY_BYTE_ORDER, order(set.key()));
        switch (set.data()) {
            case NamedSet.Data.Nothing() -> {}
            case NamedSet.Data.Values(List<DataType> parts) -> data.number(SET_DATA_BYTE_ORDER, order(parts));
            case NamedSet.Data.Verdicts() -> data.number(SET_DATA_BYTE_ORDER, ORDER_NONE);
            case NamedSet.Data.Counters() -> {}
        }
        final boolean typeof = set.key().contains(DataType.INTEGER);
        data.type(SET_KEY_TYPEOF, set.key(), typeof);
        if (set.data() instanceof NamedSet.Data.Values(List<DataType> parts)) {
            data.type(SET_DATA_TYPEOF, parts, typeof);
        }
        if (!(set.data() instanceof NamedSet.Data.Nothing)) {
            data.number(SET_DATA_INTERVAL, 0);
        }
        if (!set.comment().isEmpty()) {
            data.text(SET_COMMENT, Names.comment(set.comment()));
        }
        final byte[] bytes = data.toBytes();
        if (bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException("the set " + set.name() + ": with its comment there are " + bytes.length
                    + " bytes for nft to read, not at most " + MAX_BYTES);
        }
        return bytes;
    }

    private static int order(List<DataType> parts) {
        return parts.size() > 1 ? ORDER_NONE : parts.getFirst().isHostOrder() ? ORDER_HOST : ORDER_NETWORK;
    }

    /**
     * Writes the types of parts. If nft has no word for one of them, it needs an expression that yields each of them, or
     * none.
     */
    private void type(int type, List<DataType> parts, boolean typeof) {
        if (parts.size() > 1) {
            final UserData each = new UserData();
            for (int i = 0; typeof && i < parts.size(); i++) {
                each.nested(i, example(parts.get(i)));
            }
            nested(type, expression(CONCATENATION, each));
        } else if (typeof) {
            nested(type, example(parts.getFirst()));
        }
    }

    private static UserData expression(int kind, UserData body) {
        return new UserData().number(0, kind).nested(1, body);
    }

    private static UserData example(DataType part) {
        return switch (part) {
            case INTEGER ->
                expression(NUMGEN, new UserData().number(0, 1).number(1, 2).number(2, 0));
            case IPV4_ADDR -> payload(IPV4_HEADER, IPV4_DESTINATION);
            case IPV6_ADDR -> payload(IPV6_HEADER, IPV6_DESTINATION);
            // Not tcp dport as a value: with it nft 1.0.6 adds a match for TCP when it loads a dnat rule.
            case INET_SERVICE -> payload(TRANSPORT_HEADER, DESTINATION_PORT);
            case INET_PROTO -> meta(Expression.MetaKey.L4PROTO);
            case MARK -> meta(Expression.MetaKey.MARK);
            case CLASSID -> meta(Expression.MetaKey.PRIORITY);
            case IFACE_INDEX -> meta(Expression.MetaKey.IIF);
            case IFNAME -> meta(Expression.MetaKey.IIFNAME);
        };
    }

    private static UserData payload(int header, int field) {
        return expression(PAYLOAD, new UserData().number(0, header).number(1, field));
    }

    private static UserData meta(Expression.MetaKey key) {
        return expression(META, new UserData().number(0, key.number()));
    }

    private UserData number(int type, int value) {
        return octets(
                type,
                ByteBuffer.allocate(4)
                        .order(ByteOrder.nativeOrder())
                        .putInt(value)
                        .array());
    }

    private UserData text(int type, String text) {
        return octets(type, (text + '\0').getBytes(StandardCharsets.UTF_8));
    }

    private UserData nested(int type, UserData inside) {
        return octets(type, inside.toBytes());
    }

    private UserData octets(int type, byte[] bytes) {
        out.write(type);
        out.write(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    private byte[] toBytes() {
        return out.toByteArray();
    }

    /** Returns the text of an entry; empty if there is none. */
    static String text(byte[] data, int type) {
        for (int at = 0; at + 2 <= data.length; at += 2 + Byte.toUnsignedInt(data[at + 1])) {
            final int end = at + 2 + Byte.toUnsignedInt(data[at + 1]);
            if (data[at] == type && end <= data.length) {
                final int length = Math.max(0, end - at - 3);
                return new String(data, at + 2, length, StandardCharsets.UTF_8);
            }
        }
        return "";
    }

    static String setComment(byte[] data) {
        return text(data, SET_COMMENT);
    }
}

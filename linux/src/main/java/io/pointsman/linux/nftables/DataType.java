package io.pointsman.linux.nftables;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a part of a key or value means. To the kernel it is only bytes; {@code nft} keeps these numbers with a set, and
 * prints by them ({@code include/datatype.h} of nftables).
 */
public enum DataType {
    /** Host order; {@code nft} has no word for it outside a {@code typeof}. */
    INTEGER(4, 4, true),
    IPV4_ADDR(7, 4, false),
    IPV6_ADDR(8, 16, false),
    INET_PROTO(12, 1, false),
    INET_SERVICE(13, 2, false),
    /** Host order. */
    MARK(19, 4, true),
    /** Host order. */
    IFACE_INDEX(20, 4, true),
    /** A class of traffic; host order. */
    CLASSID(23, 4, true),
    /** 16 bytes, filled with zeros: {@link Bytes#interfaceName}. */
    IFNAME(41, 16, true);

    private static final int TYPE_BITS = 6;

    private final int number;
    private final int bytes;
    private final boolean hostOrder;

    DataType(int number, int bytes, boolean hostOrder) {
        this.number = number;
        this.bytes = bytes;
        this.hostOrder = hostOrder;
    }

    /** How long it is, without padding. */
    public int bytes() {
        return bytes;
    }

    boolean isHostOrder() {
        return hostOrder;
    }

    /** The bytes of a concatenation, or of one alone: only parts among several are filled up to 4. */
    static int bytes(List<DataType> parts) {
        return parts.size() == 1
                ? parts.getFirst().bytes
                : parts.stream().mapToInt(part -> (part.bytes + 3) & ~3).sum();
    }

    /** A concatenation's number: those of its parts in a row, 6 bits each. */
    static int number(List<DataType> parts) {
        int number = 0;
        for (DataType part : parts) {
            number = number << TYPE_BITS | part.number;
        }
        return number;
    }

    /** What such a number stands for; empty when a part is of another type. */
    static Optional<List<DataType>> ofNumber(int number) {
        final ArrayDeque<DataType> parts = new ArrayDeque<>();
        for (int rest = number; rest != 0; rest >>>= TYPE_BITS) {
            final int last = rest & (1 << TYPE_BITS) - 1;
            final Optional<DataType> type =
                    Arrays.stream(values()).filter(one -> one.number == last).findFirst();
            if (type.isEmpty()) {
                return Optional.empty();
            }
            parts.addFirst(type.get());
        }
        return Optional.of(List.copyOf(parts));
    }
}

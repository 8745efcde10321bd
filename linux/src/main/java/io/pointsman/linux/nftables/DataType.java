package io.pointsman.linux.nftables;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Type of a part of a key or value. The kernel only sees bytes; {@code nft} stores these numbers with a set and formats by
 * them ({@code include/datatype.h} of nftables).
 */
public enum DataType {
    /** Number in host order; {@code nft} can write it only in a {@code typeof}. */
    INTEGER(4, 4, true),
    IPV4_ADDR(7, 4, false),
    IPV6_ADDR(8, 16, false),
    INET_PROTO(12, 1, false),
    INET_SERVICE(13, 2, false),
    /** Packet mark in host order. */
    MARK(19, 4, true),
    /** Interface index in host order. */
    IFACE_INDEX(20, 4, true),
    /** Traffic class in host order. */
    CLASSID(23, 4, true),
    /** Interface name of 16 bytes, padded with zeros: {@link Bytes#interfaceName}. */
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

    /** Length in bytes, without padding. */
    public int bytes() {
        return bytes;
    }

    boolean isHostOrder() {
        return hostOrder;
    }

    /**
     * Length in bytes of a concatenation or of a single part; parts are padded to multiples of 4 only if there are several.
     */
    static int bytes(List<DataType> parts) {
        return parts.size() == 1
                ? parts.getFirst().bytes
                : parts.stream().mapToInt(part -> (part.bytes + 3) & ~3).sum();
    }

    /** Number of a concatenation: its parts' numbers in sequence, 6 bits each. */
    static int number(List<DataType> parts) {
        int number = 0;
        for (DataType part : parts) {
            number = number << TYPE_BITS | part.number;
        }
        return number;
    }

    /** Returns the types that a concatenation's number stands for; empty if one is not listed here. */
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

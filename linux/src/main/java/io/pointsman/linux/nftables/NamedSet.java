package io.pointsman.linux.nftables;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A set or map with a name.
 *
 * @param key types of the parts of its keys, one or more
 * @param data what a map's keys map to
 * @param size most elements, for which the kernel allocates room; 0 for no limit, in a dynamic set 65,535
 * @param timeout time that elements without their own stay; zero: for ever
 * @param comment empty for none
 */
public record NamedSet(
        String name, List<DataType> key, Data data, Set<Flag> flags, int size, Duration timeout, String comment) {
    /** Kind of data that keys map to. */
    public sealed interface Data {
        /** No data: a set. */
        record Nothing() implements Data {}

        /** Values of these types. */
        record Values(List<DataType> parts) implements Data {
            public Values {
                parts = List.copyOf(parts);
            }
        }

        /** Verdicts; nft's term is vmap. */
        record Verdicts() implements Data {}

        /** Named counters. */
        record Counters() implements Data {}
    }

    /** Property of a set ({@code NFT_SET_*}). */
    public enum Flag {
        /** No later transaction may add elements. */
        CONSTANT(0x2),
        /** Keys are ranges. */
        INTERVAL(0x4),
        /** Elements may expire. */
        TIMEOUT(0x10),
        /** Rules add elements. */
        DYNAMIC(0x20);

        private final int bit;

        Flag(int bit) {
            this.bit = bit;
        }

        int bit() {
            return bit;
        }
    }

    public NamedSet {
        Objects.requireNonNull(name, "name");
        key = List.copyOf(key);
        Objects.requireNonNull(data, "data");
        flags = Set.copyOf(flags);
        Objects.requireNonNull(timeout, "timeout");
        Objects.requireNonNull(comment, "comment");
        if (key.isEmpty()) {
            throw new IllegalArgumentException("the set " + name + " without a key");
        }
        if (size < 0 || timeout.isNegative()) {
            throw new IllegalArgumentException("the set " + name + " with a size of " + size + ", timeout " + timeout);
        }
    }

    /** Creates a set with keys of these types. */
    public static NamedSet set(String name, DataType... key) {
        return of(name, new Data.Nothing(), key);
    }

    /** Creates a map from keys to values of these types. */
    public static NamedSet map(String name, List<DataType> value, DataType... key) {
        return of(name, new Data.Values(value), key);
    }

    /** Creates a map from keys of these types to verdicts. */
    public static NamedSet verdictMap(String name, DataType... key) {
        return of(name, new Data.Verdicts(), key);
    }

    /** Creates a map from keys of these types to named counters. */
    public static NamedSet counterMap(String name, DataType... key) {
        return of(name, new Data.Counters(), key);
    }

    private static NamedSet of(String name, Data data, DataType... key) {
        return new NamedSet(name, List.of(key), data, Set.of(), 0, Duration.ZERO, "");
    }

    public NamedSet flagged(Flag... others) {
        return new NamedSet(name, key, data, Set.of(others), size, timeout, comment);
    }

    public NamedSet sized(int elements) {
        return new NamedSet(name, key, data, flags, elements, timeout, comment);
    }

    /** Returns a copy whose elements expire after this time; needs {@link Flag#TIMEOUT}. */
    public NamedSet lasting(Duration duration) {
        return new NamedSet(name, key, data, flags, size, duration, comment);
    }

    public NamedSet commented(String text) {
        return new NamedSet(name, key, data, flags, size, timeout, text);
    }

    /** Whether one element has both ends of a range; otherwise the kernel keeps an element for each end. */
    boolean hasWholeRanges() {
        return key.size() > 1;
    }

    boolean hasRanges() {
        return flags.contains(Flag.INTERVAL);
    }
}

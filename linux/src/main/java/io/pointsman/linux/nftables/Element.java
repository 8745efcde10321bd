package io.pointsman.linux.nftables;

import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An element of a set or map. Immutable, compared by value; stored compactly, because there are hundreds of thousands.
 *
 * <p>The bytes are the key, the last key if it is a range, then the value if it has one.
 */
public final class Element {
    private final byte[] bytes;
    private final int keyBytes;
    private final boolean isRange;
    private final @Nullable Object target; // a Verdict, or a counter's name
    private final String comment;
    private final long timeoutMillis;

    private Element(
            byte[] bytes, int keyBytes, boolean isRange, @Nullable Object target, String comment, long timeoutMillis) {
        this.bytes = bytes;
        this.keyBytes = keyBytes;
        this.isRange = isRange;
        this.target = target;
        this.comment = comment;
        this.timeoutMillis = timeoutMillis;
    }

    /** Element of a set. */
    public static Element of(Bytes key) {
        return new Element(key.array(), key.length(), false, null, "", 0);
    }

    /** Element of a set of ranges; both ends are included. */
    public static Element range(Bytes first, Bytes last) {
        if (first.length() != last.length()) {
            throw new IllegalArgumentException("a range from " + first + " to " + last + ": not of one length");
        }
        return new Element(joined(first.array(), last.array()), first.length(), true, null, "", 0);
    }

    /** Element of a map to values. */
    public static Element of(Bytes key, Bytes value) {
        return new Element(joined(key.array(), value.array()), key.length(), false, null, "", 0);
    }

    /** Element of a map to verdicts. */
    public static Element of(Bytes key, Verdict verdict) {
        return of(key).leadingTo(verdict);
    }

    /** Element of a map to counters, with the counter's name. */
    public static Element counted(Bytes key, String counter) {
        return of(key).leadingTo(counter);
    }

    /** Copy of this element that ends at a last key. */
    Element upTo(Bytes last) {
        final byte[] value = Arrays.copyOfRange(bytes, valueAt(), bytes.length);
        return new Element(
                joined(joined(Arrays.copyOf(bytes, keyBytes), last.array()), value),
                keyBytes,
                true,
                target,
                comment,
                timeoutMillis);
    }

    /** Copy of this element with a counter. */
    Element to(String counter) {
        return leadingTo(counter);
    }

    private Element leadingTo(Object other) {
        return new Element(bytes, keyBytes, isRange, other, comment, timeoutMillis);
    }

    /** Copy of this element with a value. */
    public Element to(Bytes value) {
        return new Element(
                joined(Arrays.copyOf(bytes, valueAt()), value.array()),
                keyBytes,
                isRange,
                null,
                comment,
                timeoutMillis);
    }

    /** Copy of this element with a verdict. */
    public Element to(Verdict verdict) {
        return leadingTo(verdict);
    }

    /** Copy of this element with a timeout of whole milliseconds; zero for the set's. */
    public Element lasting(Duration timeout) {
        return new Element(bytes, keyBytes, isRange, target, comment, timeout.toMillis());
    }

    public Element commented(String text) {
        return new Element(bytes, keyBytes, isRange, target, text, timeoutMillis);
    }

    private static byte[] joined(byte[] first, byte[] second) {
        final byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    private int valueAt() {
        return isRange ? 2 * keyBytes : keyBytes;
    }

    /** Key of the element, or the first key of its range. */
    public Bytes key() {
        return Bytes.wrap(Arrays.copyOf(bytes, keyBytes));
    }

    /** Last key of the element's range; empty if it has one key. */
    public Optional<Bytes> lastKey() {
        return isRange ? Optional.of(Bytes.wrap(Arrays.copyOfRange(bytes, keyBytes, 2 * keyBytes))) : Optional.empty();
    }

    /** Value of the element, in a map to values. */
    public Optional<Bytes> value() {
        return valueAt() == bytes.length
                ? Optional.empty()
                : Optional.of(Bytes.wrap(Arrays.copyOfRange(bytes, valueAt(), bytes.length)));
    }

    /** Verdict of the element, in a map to verdicts. */
    public Optional<Verdict> verdict() {
        return target instanceof Verdict verdict ? Optional.of(verdict) : Optional.empty();
    }

    /** Name of the element's counter, in a map to counters. */
    public Optional<String> counter() {
        return target instanceof String name ? Optional.of(name) : Optional.empty();
    }

    /** Timeout of the element; zero for the set's. */
    public Duration timeout() {
        return Duration.ofMillis(timeoutMillis);
    }

    /** Comment; empty for none. */
    public String comment() {
        return comment;
    }

    byte[] packed() {
        return bytes;
    }

    int keyBytes() {
        return keyBytes;
    }

    boolean isRange() {
        return isRange;
    }

    int valueBytes() {
        return bytes.length - valueAt();
    }

    @Nullable
    Object target() {
        return target;
    }

    long timeoutMillis() {
        return timeoutMillis;
    }

    @Override
    public boolean equals(@Nullable Object object) {
        return this == object || (object instanceof Element other && isEqual(other));
    }

    private boolean isEqual(Element other) {
        return keyBytes == other.keyBytes
                && isRange == other.isRange
                && timeoutMillis == other.timeoutMillis
                && Arrays.equals(bytes, other.bytes)
                && Objects.equals(target, other.target)
                && comment.equals(other.comment);
    }

    @Override
    public int hashCode() {
        return Bytes.hash(bytes);
    }

    @Override
    public String toString() {
        return key()
                + lastKey().map(last -> "-" + last).orElse("")
                + (target == null ? value().map(value -> " : " + value).orElse("") : " : " + target)
                + (timeoutMillis == 0 ? "" : " timeout " + timeoutMillis + "ms")
                + (comment.isEmpty() ? "" : " comment " + comment);
    }
}

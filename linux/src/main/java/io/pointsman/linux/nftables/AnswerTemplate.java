package io.pointsman.linux.nftables;

import io.pointsman.linux.netlink.Attributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's last answer that was just the element asked for, to tell the next by one comparison: answers about elements of
 * one set differ in their keys, and in what these lead to. Not thread-safe.
 */
final class AnswerTemplate {
    private byte[] answer = {};
    private @Nullable Element element;
    private int keyAt;
    private int targetAt;

    /** Whether an answer is this element and no more. False may be wrong. */
    boolean isSurely(Attributes answered, Element asked) {
        final Element known = element;
        if (known == null || !isAlike(known, asked)) {
            return false;
        }
        final byte[] packed = asked.packed();
        System.arraycopy(packed, 0, answer, keyAt, asked.keyBytes());
        if (asked.target() instanceof String name) {
            for (int i = 0; i < name.length(); i++) {
                answer[targetAt + i] = (byte) name.charAt(i); // names are ASCII, or were refused when they were written
            }
        } else {
            System.arraycopy(packed, packed.length - asked.valueBytes(), answer, targetAt, asked.valueBytes());
        }
        return answered.isEqual(answer);
    }

    private static boolean isAlike(Element known, Element asked) {
        return known.keyBytes() == asked.keyBytes()
                && known.valueBytes() == asked.valueBytes()
                && isPlain(asked)
                && isAlike(known.target(), asked.target());
    }

    private static boolean isAlike(@Nullable Object known, @Nullable Object asked) {
        if (known instanceof String name && asked instanceof String other) {
            return name.length() == other.length();
        }
        return Objects.equals(known, asked);
    }

    private static boolean isPlain(Element element) {
        return !element.isRange()
                && element.timeoutMillis() == 0
                && element.comment().isEmpty();
    }

    /** An answer had one element, which was read and is just the one asked for. */
    void learn(Attributes answered, Attributes one, Element asked) {
        if (isPlain(asked)) {
            answer = answered.bytes();
            element = asked;
            keyAt = one.nested(ElementWriter.KEY).at(Nfta.DATA_VALUE);
            targetAt = targetAt(one, asked);
        }
    }

    private static int targetAt(Attributes one, Element asked) {
        if (asked.target() instanceof String) {
            return one.at(ElementWriter.OBJREF);
        }
        return asked.valueBytes() > 0 ? one.nested(ElementWriter.DATA).at(Nfta.DATA_VALUE) : 0;
    }
}

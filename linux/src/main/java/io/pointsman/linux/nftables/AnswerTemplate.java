package io.pointsman.linux.nftables;

import io.pointsman.linux.netlink.Attributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Template for recognizing an element in the kernel's answer with one comparison: the last answer that was exactly the
 * element asked for. Answers about one set's elements differ only in keys and in what these map to. Not thread-safe.
 */
final class AnswerTemplate {
    private byte[] answer = {};
    private @Nullable Element element;
    private int keyAt;
    private int targetAt;

    /** Whether an answer is exactly this element. False may be wrong; true is not. */
    boolean isSurely(Attributes answered, Element asked) {
        final Element known = element;
        if (known == null || !isAlike(known, asked)) {
            return false;
        }
        final byte[] packed = asked.packed();
        System.arraycopy(packed, 0, answer, keyAt, asked.keyBytes());
        if (asked.target() instanceof String name) {
            for (int i = 0; i < name.length(); i++) {
                answer[targetAt + i] = (byte) name.charAt(i); // names are ASCII; others were refused when written
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

    /** Learns from an answer with one element that equals the one asked for. */
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

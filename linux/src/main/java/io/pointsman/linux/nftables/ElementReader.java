package io.pointsman.linux.nftables;

import io.pointsman.linux.netlink.Attributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/** Reader of the elements that {@link ElementWriter} writes. */
final class ElementReader {
    /** Order by key; where one range ends and the next begins, the end comes first. */
    private static final Comparator<Piece> BY_KEY = Comparator.<Piece, byte[]>comparing(
                    piece -> piece.element().packed(), (left, right) -> Arrays.compareUnsigned(left, right))
            .thenComparing(piece -> !piece.isEnd());

    private ElementReader() {}

    /** An element as the kernel stores it, which may be the end of a range. */
    record Piece(Element element, boolean isEnd) {}

    /** Elements of a message. */
    static List<Piece> pieces(Attributes message) {
        final List<Piece> pieces = new ArrayList<>();
        forEach(
                message,
                one -> pieces.add(new Piece(
                        element(one), (one.be32(ElementWriter.FLAGS, 0) & ElementWriter.FLAG_INTERVAL_END) != 0)));
        return pieces;
    }

    /** Visits the attributes of each element of a message. */
    static void forEach(Attributes message, Consumer<Attributes> each) {
        message.nested(ElementWriter.LIST_ELEMENTS).forEach((_, one) -> each.accept(one));
    }

    static boolean hasKey(Attributes one, Element element) {
        return one.nested(ElementWriter.KEY).isEqual(Nfta.DATA_VALUE, element.packed(), 0, element.keyBytes());
    }

    static Element element(Attributes one) {
        final Bytes key = Bytes.wrap(one.nested(ElementWriter.KEY).bytes(Nfta.DATA_VALUE));
        Element element = Element.of(key);
        if (one.has(ElementWriter.KEY_END)) {
            final Bytes last = Bytes.wrap(one.nested(ElementWriter.KEY_END).bytes(Nfta.DATA_VALUE));
            element = last.equals(key) ? element : element.upTo(last);
        }
        final Attributes data = one.nested(ElementWriter.DATA);
        if (data.has(Nfta.DATA_VALUE)) {
            element = element.to(Bytes.wrap(data.bytes(Nfta.DATA_VALUE)));
        } else if (data.has(Nfta.DATA_VERDICT)) {
            final Verdict verdict = ExpressionReader.verdict(data);
            element = verdict == null ? element : element.to(verdict);
        }
        if (one.has(ElementWriter.OBJREF)) {
            element = element.to(one.text(ElementWriter.OBJREF));
        }
        final long timeoutMillis = one.be64(ElementWriter.TIMEOUT, 0);
        if (timeoutMillis != 0) {
            element = element.lasting(Duration.ofMillis(timeoutMillis));
        }
        if (one.has(ElementWriter.USERDATA)) {
            element = element.commented(UserData.text(one.bytes(ElementWriter.USERDATA), UserData.ELEMENT_COMMENT));
        }
        return element;
    }

    /** Combines the elements of all messages. */
    static List<Element> elements(NamedSet set, List<List<Piece>> messages) {
        final boolean hasEnds = set.hasRanges() && !set.hasWholeRanges();
        final List<Element> elements = new ArrayList<>();
        for (List<Piece> message : hasEnds ? List.<List<Piece>>of() : messages) {
            for (Piece piece : message) {
                elements.add(piece.element());
            }
        }
        return hasEnds
                ? ranges(messages.stream().flatMap(List::stream).sorted(BY_KEY).toList())
                : elements;
    }

    private static List<Element> ranges(List<Piece> pieces) {
        final List<Element> ranges = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) {
            final Element first = pieces.get(i).element();
            if (!pieces.get(i).isEnd()) {
                final byte[] last = i + 1 < pieces.size()
                        ? pieces.get(i + 1).element().key().toArray()
                        : new byte[first.keyBytes()];
                decrement(last);
                ranges.add(first.key().equals(Bytes.wrap(last)) ? first : first.upTo(Bytes.wrap(last)));
            }
        }
        return ranges;
    }

    /** Decrements a key; zero becomes all ones, which is the last key of a range without an end. */
    private static void decrement(byte[] key) {
        for (int i = key.length - 1; i >= 0; i--) {
            if (key[i]-- != 0) {
                return;
            }
        }
    }
}

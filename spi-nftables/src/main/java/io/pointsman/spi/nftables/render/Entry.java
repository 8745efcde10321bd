package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Bytes;
import io.pointsman.linux.nftables.Element;
import org.jspecify.annotations.Nullable;

/** An element of a set or map of the layout. */
public record Entry(String set, Element element) {
    /** Position of the element. */
    public Place place() {
        return new Place(
                set,
                element.lastKey()
                        .map(last -> Bytes.concatenated(element.key(), last))
                        .orElseGet(element::key));
    }

    // Written by hand: a record's generated methods are slow until they are JIT-compiled, when a first load is over.
    @Override
    public boolean equals(@Nullable Object object) {
        return object instanceof Entry other && element.equals(other.element) && set.equals(other.set);
    }

    @Override
    public int hashCode() {
        return 31 * set.hashCode() + element.hashCode();
    }
}

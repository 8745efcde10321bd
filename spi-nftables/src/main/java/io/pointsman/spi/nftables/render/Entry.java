package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Bytes;
import io.pointsman.linux.nftables.Element;
import org.jspecify.annotations.Nullable;

/** An element of one of our sets or maps. */
public record Entry(String set, Element element) {
    /** Where it is. */
    public Place place() {
        return new Place(
                set,
                element.lastKey()
                        .map(last -> Bytes.concatenated(element.key(), last))
                        .orElseGet(element::key));
    }

    // By hand, as what the compiler makes of a record is slow until it is compiled anew, and a first load is over by
    // then.

    @Override
    public boolean equals(@Nullable Object object) {
        return object instanceof Entry other && element.equals(other.element) && set.equals(other.set);
    }

    @Override
    public int hashCode() {
        return 31 * set.hashCode() + element.hashCode();
    }
}

package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Bytes;
import io.pointsman.linux.nftables.Element;

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
}

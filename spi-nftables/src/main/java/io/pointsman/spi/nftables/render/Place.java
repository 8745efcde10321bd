package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Bytes;
import org.jspecify.annotations.Nullable;

/** Position of an element: a map or set, and the key (of a range: its first address, then its last). */
public record Place(String set, Bytes key) {
    // Written by hand, as in Entry.

    @Override
    public boolean equals(@Nullable Object object) {
        return object instanceof Place other && key.equals(other.key) && set.equals(other.set);
    }

    @Override
    public int hashCode() {
        return 31 * set.hashCode() + key.hashCode();
    }
}

package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Bytes;

/** Where an element is: a map or set, and the key (of a range, its first, then its last). */
public record Place(String set, Bytes key) {}

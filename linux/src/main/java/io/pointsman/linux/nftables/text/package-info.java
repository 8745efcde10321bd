/** Tables of nftables, written with the program {@code nft}: sets, elements, and whole transactions of text. */
@NullMarked
package io.pointsman.linux.nftables.text;

import org.jspecify.annotations.NullMarked;

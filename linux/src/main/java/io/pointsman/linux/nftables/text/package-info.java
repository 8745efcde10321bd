/** Tables of nftables, written through the program {@code nft}: sets, elements, and whole transactions as text. */
@NullMarked
package io.pointsman.linux.nftables.text;

import org.jspecify.annotations.NullMarked;

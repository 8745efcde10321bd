/**
 * Tables of nf_tables, written and read over netlink without the program {@code nft}: tables, chains, sets, maps, counters
 * and rules as values.
 */
@NullMarked
package io.pointsman.linux.nftables;

import org.jspecify.annotations.NullMarked;

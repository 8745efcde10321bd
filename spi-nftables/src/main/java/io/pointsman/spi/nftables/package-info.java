/**
 * The nftables data plane: one table for each family, in whose maps Services are elements, read and written over netlink
 * without the program {@code nft}.
 */
package io.pointsman.spi.nftables;

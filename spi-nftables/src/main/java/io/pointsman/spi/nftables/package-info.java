/**
 * The nftables data plane: one table per family, in whose maps Services are elements. Tables are read and written over
 * netlink, without the program {@code nft}.
 */
package io.pointsman.spi.nftables;

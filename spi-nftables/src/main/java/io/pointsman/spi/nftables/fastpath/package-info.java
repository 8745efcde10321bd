/**
 * The optional fast path: whether this kernel's flowtables can be trusted with connections, and which interfaces are in
 * them.
 */
package io.pointsman.spi.nftables.fastpath;

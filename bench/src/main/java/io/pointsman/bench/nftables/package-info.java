/** The nftables backend as a whole, beside what the kernel alone takes for the same elements. */
package io.pointsman.bench.nftables;

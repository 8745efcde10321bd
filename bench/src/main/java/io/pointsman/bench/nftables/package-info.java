/** Benchmarks of the whole nftables backend, compared with the kernel alone for the same elements. */
package io.pointsman.bench.nftables;

/** Benchmarks of the engine on AF_XDP and the kernel's own NAT. */
package io.pointsman.bench.xdp;

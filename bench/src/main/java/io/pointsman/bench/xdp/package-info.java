/** The engine on AF_XDP beside the kernel's own NAT. */
package io.pointsman.bench.xdp;

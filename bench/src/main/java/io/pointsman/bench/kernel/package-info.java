/** Shared parts of the kernel backends' benchmarks: Services, network namespaces, and the sync from one to the other. */
package io.pointsman.bench.kernel;

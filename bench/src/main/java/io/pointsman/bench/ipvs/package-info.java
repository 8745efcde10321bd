/** Benchmarks of the IPVS backend, compared with ipvsadm. */
package io.pointsman.bench.ipvs;

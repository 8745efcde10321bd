/** What benchmarks of kernel backends share: services to program, namespaces to do it in, and the way from one to the other. */
package io.pointsman.bench.kernel;

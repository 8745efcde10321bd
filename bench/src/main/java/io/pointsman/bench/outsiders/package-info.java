/**
 * Benchmarks of what hostile clients cost a node in memory, and its other clients in time and requests; compared with
 * another build in the same run.
 */
package io.pointsman.bench.outsiders;

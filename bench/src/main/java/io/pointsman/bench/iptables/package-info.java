/**
 * Benchmarks of the whole iptables backend: the time to write a plan to the kernel, and the cost of its rules for a new
 * connection.
 */
package io.pointsman.bench.iptables;

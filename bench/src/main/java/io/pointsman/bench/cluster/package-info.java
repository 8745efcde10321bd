/**
 * Benchmarks of an agent on a cluster of many Services: start time, memory, and the cost of a change, compared with an
 * agent that reads files.
 */
package io.pointsman.bench.cluster;

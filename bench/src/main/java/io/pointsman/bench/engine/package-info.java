/**
 * JMH benchmarks of the engine: known and new flows, rule changes and lost UDP endpoints, compared with maps in common
 * use and with the limit set by memory.
 */
package io.pointsman.bench.engine;

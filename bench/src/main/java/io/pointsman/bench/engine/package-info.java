/**
 * The engine under JMH: known and new flows, rule changes and lost UDP endpoints, beside maps that others use and beside what
 * memory allows.
 */
package io.pointsman.bench.engine;

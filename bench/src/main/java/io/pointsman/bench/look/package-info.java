/**
 * Benchmarks of what looking at an agent costs it and its clients: page, metrics, audit of connections, followed
 * connections.
 */
package io.pointsman.bench.look;

/** The userspace backend against HAProxy and a direct connection, on loopback. */
package io.pointsman.bench.proxy;

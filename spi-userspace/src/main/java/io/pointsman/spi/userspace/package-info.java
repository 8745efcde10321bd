/**
 * Backend that needs no privileges: it listens where a rule forwards or drops, and relays to the endpoint that the engine
 * chose. With CAP_NET_ADMIN it makes the kernel route VIPs to this host and filter clients.
 */
package io.pointsman.spi.userspace;

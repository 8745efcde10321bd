/**
 * A backend that needs no privileges: it listens where a rule forwards or drops, and relays to the endpoint that the engine chose.
 * With CAP_NET_ADMIN it has the kernel lead VIPs here and turn clients away.
 */
package io.pointsman.spi.userspace;

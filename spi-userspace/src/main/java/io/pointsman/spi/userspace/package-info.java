/** A backend without privileges: it listens on each frontend and relays to the endpoint that the engine chose. */
package io.pointsman.spi.userspace;

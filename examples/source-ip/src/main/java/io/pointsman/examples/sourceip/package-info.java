/** The tutorial's server, over TCP and UDP: it replies with the client address that it saw. */
package io.pointsman.examples.sourceip;

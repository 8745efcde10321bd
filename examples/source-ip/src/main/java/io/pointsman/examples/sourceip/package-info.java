/** The tutorial's server, over TCP and UDP: it answers with the address that it saw its client at. */
package io.pointsman.examples.sourceip;

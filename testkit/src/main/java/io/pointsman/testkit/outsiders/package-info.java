/**
 * Attacks on a node by hosts that have only sockets: a small class for each kind of attack, a site to run it on with a real
 * agent, and a monitor that counts what a well-behaved client loses.
 */
package io.pointsman.testkit.outsiders;

/**
 * The programs of the iptables family: which of the two the host uses, rules as they print and load them, hooks, and matches
 * that several backends write.
 */
package io.pointsman.linux.iptables;

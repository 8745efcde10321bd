/**
 * A cluster on one machine: hosts that are network namespaces, joined by veth pairs, with echo servers and probes inside.
 * Needs root (CAP_SYS_ADMIN and CAP_NET_ADMIN). Touches nothing of the machine's own namespace: no interface, no route, no
 * rule; what it makes are files in {@code /run/netns}, named after the process, and it takes away what dead processes left.
 */
package io.pointsman.testkit.lab;

/**
 * A cluster on one machine: hosts are network namespaces, connected by veth pairs, with echo servers and probes inside.
 * Needs root (CAP_SYS_ADMIN and CAP_NET_ADMIN). Changes nothing in the machine's own namespace: no interface, no route, no
 * rule. It creates files in {@code /run/netns}, named after the process, and removes those that dead processes left.
 */
package io.pointsman.testkit.lab;

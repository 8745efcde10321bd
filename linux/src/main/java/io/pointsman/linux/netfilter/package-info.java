/** Packet filter rules as the kernel tells of them, whoever wrote them. */
package io.pointsman.linux.netfilter;

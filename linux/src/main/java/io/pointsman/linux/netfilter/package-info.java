/** Packet filter rules as the kernel reports them, whichever program wrote them. */
package io.pointsman.linux.netfilter;

/** The kernel's connection tracking table, over ctnetlink ({@code include/uapi/linux/netfilter/nfnetlink_conntrack.h}). */
package io.pointsman.linux.conntrack;

/**
 * The kernel's connection tracking table, over ctnetlink ({@code include/uapi/linux/netfilter/nfnetlink_conntrack.h}):
 * matched with a plan, cleared of connections that the plan would not create, and its events.
 */
package io.pointsman.linux.conntrack;

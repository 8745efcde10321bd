/**
 * The kernel's connection tracking table, over ctnetlink ({@code include/uapi/linux/netfilter/nfnetlink_conntrack.h}): read against
 * a plan, cleared of what the plan would not make, and its events.
 */
package io.pointsman.linux.conntrack;

/**
 * The IPVS data plane. The kernel's virtual servers are programmed over generic netlink, and their addresses are on an
 * interface of our own. Ipsets hold who may connect and whose source is rewritten; a few fixed iptables rules look them up.
 */
@NullMarked
package io.pointsman.spi.ipvs;

import org.jspecify.annotations.NullMarked;

/** The kernel's sets of addresses and ports that iptables rules match: written over netlink, read by the program ipset. */
@NullMarked
package io.pointsman.linux.ipset;

import org.jspecify.annotations.NullMarked;

/** What IPVS needs besides: VIPs on a dummy interface, iptables rules, sysctls, marks; and what is left of it to clean up. */
@NullMarked
package io.pointsman.spi.ipvs.host;

import org.jspecify.annotations.NullMarked;

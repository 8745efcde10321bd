/** Host state that IPVS needs: VIPs on a dummy interface, iptables rules, ipsets, sysctls, marks; and its removal. */
@NullMarked
package io.pointsman.spi.ipvs.host;

import org.jspecify.annotations.NullMarked;

/**
 * Host state for VIPs to be reachable and sources to be kept: routes, policy routing, nftables sets, sysctls. The nftables
 * rules reject and drop clients before a socket sees them.
 */
@NullMarked
package io.pointsman.spi.userspace.host;

import org.jspecify.annotations.NullMarked;
